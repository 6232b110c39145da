using System.Management.Automation.Language;
using AsyncExecutors.Runspaces;

namespace AsyncExecutors.Coroutines;

/// <summary>Finds each <c>await</c> of a block that would hold its loop, because it stands in code that is called from outside.</summary>
internal static class MisplacedAwaits
{
    /// <summary>Refuses a block that has one.</summary>
    /// <returns>The functions of the block that await.</returns>
    internal static IReadOnlyList<FunctionDefinitionAst> Refuse(ScriptBlockAst block)
    {
        var commands = block.FindAll(static node => node is CommandAst, searchNestedScriptBlocks: true).Cast<CommandAst>()
            .Where(command => !IsInOtherTask(command, block)).ToArray();
        var awaits = commands.Where(AwaitCommand.IsAwait).ToArray();
        var functions = awaits.Select(await => BodyAround(await, block)).OfType<FunctionDefinitionAst>().Distinct().ToArray();
        var names = functions.Select(static function => function.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var command in commands)
        {
            if (!AwaitCommand.IsAwait(command))
            {
                if (command.GetCommandName() is { } name && names.Contains(name))
                {
                    throw AwaitErrors.FunctionCalled(command, name);
                }
            }
            else if (IsInClass(command, block))
            {
                throw AwaitErrors.InClass(command);
            }
            else if (BodyAround(command, block) is ScriptBlockExpressionAst literal && IsCalledByOthers(literal))
            {
                throw AwaitErrors.InNestedCode(command);
            }
        }

        return functions;
    }

    /// <summary>The innermost function or block literal that a node is in; null in the block itself.</summary>
    private static Ast? BodyAround(Ast node, ScriptBlockAst block)
    {
        var above = node.Parent;
        while (above is not null && above != block && above is not (FunctionDefinitionAst or ScriptBlockExpressionAst))
        {
            above = above.Parent;
        }

        return above == block ? null : above;
    }

    /// <summary>True in a method of a class, or in what a property is at first; not in a block literal there.</summary>
    private static bool IsInClass(Ast node, ScriptBlockAst block)
    {
        var above = node;
        while (above is not null && above != block && above is not (MemberAst or ScriptBlockExpressionAst or FunctionDefinitionAst { Parent: not FunctionMemberAst }))
        {
            above = above.Parent;
        }

        return above is MemberAst;
    }

    /// <summary>True in the literal of a block that is made a task or job of: there it is looked at for itself.</summary>
    private static bool IsInOtherTask(Ast node, ScriptBlockAst block)
    {
        for (var body = BodyAround(node, block); body is not null; body = BodyAround(body, block))
        {
            if (body is ScriptBlockExpressionAst && UserOf(body) is CommandAst command && UsingValues.MakesTasks(command))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True when a literal is not just a value, which nobody knows the use of.</summary>
    private static bool IsCalledByOthers(ScriptBlockExpressionAst literal) =>
        UserOf(literal) is not (null or InvokeMemberExpressionAst { Member: StringConstantExpressionAst { Value: "GetNewClosure" } });

    /// <summary>The command, method, clause or attribute that a literal is given to, also in parentheses, a list or a table; null for none.</summary>
    private static Ast? UserOf(Ast literal)
    {
        var above = literal.Parent;
        while (above is not (null or CommandAst or InvokeMemberExpressionAst or SwitchStatementAst or AttributeAst) && !IsStatement(above))
        {
            above = above.Parent;
        }

        return above is null || IsStatement(above) ? null : above;
    }

    /// <summary>True for a statement whose value, if it has one, is not that of an expression around it.</summary>
    private static bool IsStatement(Ast node) => node switch
    {
        AssignmentStatementAst => node.Parent is StatementBlockAst,
        StatementBlockAst => node.Parent is not (ArrayExpressionAst or SubExpressionAst),
        _ => node is NamedBlockAst,
    };
}
