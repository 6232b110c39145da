using System.Management.Automation.Language;

namespace AsyncExecutors.Coroutines;

/// <summary>Reads commands that suspend from a block's syntax.</summary>
internal static class AwaitCommand
{
    private static readonly HashSet<string> AwaitNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "await", "Receive-AsyncTask", @"AsyncExecutors\Receive-AsyncTask",
    };

    private static readonly HashSet<string> SleepNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "Start-Sleep", "sleep", @"Microsoft.PowerShell.Utility\Start-Sleep",
    };

    internal static bool IsAwait(Ast node) => Named(node, AwaitNames);

    /// <summary>True for a <c>Start-Sleep</c> that is a whole statement.</summary>
    internal static bool IsSleepStatement(Ast node) =>
        Named(node, SleepNames)
        && node is CommandAst { Redirections.Count: 0, Parent: PipelineAst { PipelineElements.Count: 1 } pipeline }
        && pipeline.Parent is StatementBlockAst or NamedBlockAst;

    /// <summary>True for a pipeline that writes what its <c>await</c> does: nothing but the command, or <c>… | await</c>.</summary>
    internal static bool IsLast(PipelineBaseAst pipeline, out CommandAst command)
    {
        command = ((pipeline as PipelineAst)?.PipelineElements[^1] as CommandAst)!;
        return command is not null && IsAwait(command) && !NewerSyntax.IsSet(pipeline, "Background")
            && (command.Parent is PipelineAst { PipelineElements.Count: 1 } || (Operand(command) is null && IsPlain(command)));
    }

    /// <summary>What is awaited, as it is written: an expression, or a command with its arguments. Null for pipeline input.</summary>
    internal static Ast? Operand(CommandAst await)
    {
        var elements = await.CommandElements;
        for (var i = 1; i < elements.Count; i++)
        {
            switch (elements[i])
            {
                case CommandParameterAst parameter when !"Task".StartsWith(parameter.ParameterName, StringComparison.OrdinalIgnoreCase):
                    if (parameter.Argument is null && i + 1 < elements.Count && TakesValue(parameter))
                    {
                        i++;
                    }

                    break;
                case CommandParameterAst { Argument: { } argument }:
                    return argument;
                case CommandParameterAst:
                    break;
                default:
                    return elements[i];
            }
        }

        return null;
    }

    /// <summary>True for <c>await Some-Command …</c>.</summary>
    internal static bool IsOfCommand(CommandAst await) =>
        await.CommandElements.Count > 1 && await.CommandElements[1] is StringConstantExpressionAst { StringConstantType: StringConstantType.BareWord };

    /// <summary>The name of the command that is called: for <c>await Some-Command …</c> that of the awaited one.</summary>
    internal static string? NameOf(CommandAst command) => IsAwait(command) && IsOfCommand(command)
        ? ((StringConstantExpressionAst)command.CommandElements[1]).Value
        : command.GetCommandName();

    /// <summary>True when nothing is written but what is awaited, so that its value can stand for the command.</summary>
    internal static bool IsPlain(CommandAst await) =>
        await.Redirections.Count == 0 && (IsOfCommand(await) || await.CommandElements.Count <= 2);

    private static bool TakesValue(CommandParameterAst parameter) =>
        !"Verbose".Equals(parameter.ParameterName, StringComparison.OrdinalIgnoreCase) && !"Debug".Equals(parameter.ParameterName, StringComparison.OrdinalIgnoreCase);

    private static bool Named(Ast node, HashSet<string> names) =>
        node is CommandAst { InvocationOperator: TokenKind.Unknown } command
        && command.CommandElements[0] is StringConstantExpressionAst { StringConstantType: StringConstantType.BareWord } name
        && names.Contains(name.Value);
}
