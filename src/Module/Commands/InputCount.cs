using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;

namespace AsyncExecutors.Commands;

/// <summary>Finds out how many objects will be piped into a cmdlet, where the caller's script says so.</summary>
internal static class InputCount
{
    /// <summary>
    /// The number of inputs: known without a pipeline, and when a variable with a collection, a list or a range of numbers
    /// is piped in (<c>$servers | ...</c>). Null when it is not known. Evaluates nothing but the variable.
    /// </summary>
    internal static int? Of(PSCmdlet cmdlet)
    {
        if (!cmdlet.MyInvocation.ExpectingInput)
        {
            return 1;
        }

        // An expression before the first command is no command itself.
        if (cmdlet.MyInvocation.PipelinePosition != 1 || Runspace.DefaultRunspace?.Debugger?.GetCallStack().FirstOrDefault()?.Position?.Text is not { } statement)
        {
            return null;
        }

        var name = cmdlet.MyInvocation.InvocationName;
        var calls = Parser.ParseInput(statement, out _, out _).FindAll(ast => ast is PipelineAst pipeline && pipeline.PipelineElements.Any(IsCall), searchNestedScriptBlocks: true);
        return calls.ToArray() is [PipelineAst { PipelineElements: [CommandExpressionAst input, var second, ..] }] && IsCall(second) ? Of(input.Expression, cmdlet) : null;

        bool IsCall(CommandBaseAst element) => element is CommandAst command && string.Equals(command.GetCommandName(), name, StringComparison.OrdinalIgnoreCase);
    }

    private static int? Of(ExpressionAst input, PSCmdlet cmdlet) => input switch
    {
        ArrayLiteralAst list => list.Elements.Count,
        BinaryExpressionAst { Operator: TokenKind.DotDot, Left: ConstantExpressionAst { Value: int first }, Right: ConstantExpressionAst { Value: int last } } =>
            Math.Abs(last - first) + 1,
        VariableExpressionAst { Splatted: false, VariablePath.IsVariable: true } variable => Of(cmdlet.SessionState.PSVariable.GetValue(variable.VariablePath.UserPath)),
        _ => null,
    };

    private static int? Of(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        IDictionary or string => 1,
        ICollection items => items.Count,
        _ => null,
    };
}
