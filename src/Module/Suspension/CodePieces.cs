using System.Management.Automation.Language;

namespace AsyncExecutors.Suspension;

/// <summary>Makes blocks of parts of a block, which PowerShell can run by themselves.</summary>
internal static class CodePieces
{
    internal static VariableExpressionAst Variable(IScriptExtent extent, string name) => new(extent, name, splatted: false);

    internal static PipelineAst Pipeline(ExpressionAst expression) =>
        new(expression.Extent, new CommandExpressionAst(expression.Extent, expression, redirections: null));

    internal static ScriptBlockAst Of(IScriptExtent extent, params StatementAst[] statements) =>
        new(extent, paramBlock: null, new StatementBlockAst(extent, statements, traps: null), isFilter: false);

    /// <summary>Assigns what a statement gives to a variable.</summary>
    internal static ScriptBlockAst Assign(string variable, StatementAst value) => Of(
        value.Extent,
        new AssignmentStatementAst(value.Extent, Variable(value.Extent, variable), TokenKind.Equals, value, value.Extent));

    /// <summary>Writes an object if a condition is true.</summary>
    internal static ScriptBlockAst Probe(PipelineBaseAst condition)
    {
        var extent = condition.Extent;
        return Of(extent, new IfStatementAst(extent, [Tuple.Create(condition, True(extent))], elseClause: null));
    }

    /// <summary>Writes an object if the object in a variable matches a clause of a switch.</summary>
    internal static ScriptBlockAst Probe(SwitchStatementAst statement, ExpressionAst clause, string variable)
    {
        var extent = clause.Extent;
        var item = new ArrayLiteralAst(extent, [Variable(extent, variable)]);
        return Of(extent, new SwitchStatementAst(
            extent, label: null, Pipeline(item), statement.Flags, [Tuple.Create(AstCopy.Of(clause), True(extent))], @default: null));
    }

    /// <summary>
    /// A copy of statements that is run by itself: in place of <c>return</c>, and of <c>throw</c> for an error that is
    /// caught outside of it, it breaks to labels that are not in it.
    /// </summary>
    internal static ScriptBlockAst Copy(IReadOnlyList<StatementAst> statements) =>
        Of(statements[0].Extent, [.. statements.Select(static statement => Leaving(statement))]);

    private static StatementAst Leaving(StatementAst statement)
    {
        var replacements = new Dictionary<Ast, Ast>();
        foreach (var node in statement.FindAll(static node => node is ReturnStatementAst or ThrowStatementAst { Pipeline: null }, searchNestedScriptBlocks: false))
        {
            if (node is ReturnStatementAst returning)
            {
                replacements[node] = Return(returning.Extent, (PipelineBaseAst?)returning.Pipeline?.Copy());
            }
            else if (IsForOuterCatch(node, statement))
            {
                replacements[node] = Break(node.Extent, BlockPlan.RethrowLabel);
            }
        }

        return replacements.Count == 0 ? AstCopy.Of(statement) : AstCopy.Of(statement, replacements);
    }

    /// <summary>Writes a value and leaves, as one statement.</summary>
    private static StatementAst Return(IScriptExtent extent, PipelineBaseAst? value)
    {
        var leave = Break(extent, BlockPlan.ReturnLabel);
        if (value is null)
        {
            return leave;
        }

        var always = (PipelineBaseAst)Pipeline(Variable(extent, "true"));
        return new IfStatementAst(extent, [Tuple.Create(always, new StatementBlockAst(extent, [value, leave], traps: null))], elseClause: null);
    }

    private static BreakStatementAst Break(IScriptExtent extent, string label) =>
        new(extent, new StringConstantExpressionAst(extent, label, StringConstantType.BareWord));

    private static bool IsForOuterCatch(Ast rethrow, Ast statement)
    {
        for (var above = rethrow; above != statement.Parent; above = above.Parent)
        {
            if (above is CatchClauseAst or TrapStatementAst)
            {
                return false;
            }
        }

        return ((ThrowStatementAst)rethrow).IsRethrow;
    }

    private static StatementBlockAst True(IScriptExtent extent) => new(extent, [Pipeline(Variable(extent, "true"))], traps: null);
}
