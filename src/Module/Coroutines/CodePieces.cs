using System.Management.Automation.Language;
using System.Runtime.CompilerServices;
using AsyncExecutors.Tasks;

namespace AsyncExecutors.Coroutines;

/// <summary>Makes blocks of parts of a block, which PowerShell can run by themselves.</summary>
/// <param name="name">What the block is called where errors tell the calls that led to them.</param>
internal sealed class CodePieces(string name)
{
    /// <summary>Tells whether code that may return has come to its end.</summary>
    internal const string EndedVariable = "__ended";

    private static readonly ConditionalWeakTable<ScriptBlockAst, object> Returning = new();
    private static readonly ConditionalWeakTable<ScriptBlockAst, object> ChangingDollarUnder = new();

    internal static VariableExpressionAst Variable(IScriptExtent extent, string name) => new(extent, name, splatted: false);

    internal static PipelineAst Pipeline(ExpressionAst expression) =>
        new(expression.Extent, new CommandExpressionAst(expression.Extent, expression, redirections: null));

    /// <summary><c>@( )</c> around a statement: all that it writes, also when that is one object or nothing.</summary>
    internal static PipelineAst Gathered(StatementAst statement) =>
        Pipeline(new ArrayExpressionAst(statement.Extent, new StatementBlockAst(statement.Extent, [statement], traps: null)));

    internal ScriptBlockAst Of(IScriptExtent extent, params StatementAst[] statements)
    {
        var mayReturn = Array.Exists(statements, static statement => Has<ReturnStatementAst>(statement, static _ => true));
        var code = new ScriptBlockAst(
            extent,
            paramBlock: null,
            new StatementBlockAst(extent, mayReturn ? [.. statements, SetEnded(extent)] : statements, traps: null),
            isFilter: false);

        // PowerShell takes the name of a block from the function that it is the body of, and places of errors in its first
        // statement are right only in a function. Classes it makes only for what is in none.
        if (!Array.Exists(statements, static statement => Has<TypeDefinitionAst>(statement, static _ => true)))
        {
            _ = new FunctionDefinitionAst(extent, isFilter: false, isWorkflow: false, name, parameters: null, code);
        }

        if (mayReturn)
        {
            Returning.Add(code, code);
        }

        if (Array.Exists(statements, AssignsDollarUnder))
        {
            ChangingDollarUnder.Add(code, code);
        }

        return Blocks.Checked(code);
    }

    /// <summary>Assigns what a statement gives to a variable.</summary>
    internal ScriptBlockAst Assign(string variable, StatementAst value) => Of(
        value.Extent,
        new AssignmentStatementAst(value.Extent, Variable(value.Extent, variable), TokenKind.Equals, value, value.Extent));

    /// <summary>Writes an object if a condition is true.</summary>
    internal ScriptBlockAst Probe(PipelineBaseAst condition)
    {
        var extent = condition.Extent;
        return Of(extent, new IfStatementAst(extent, [Tuple.Create(condition, True(extent))], elseClause: null));
    }

    /// <summary>Writes an object if what is left of a <c>??=</c> is null.</summary>
    internal ScriptBlockAst ProbeNull(AssignmentStatementAst assignment)
    {
        var extent = assignment.Extent;
        var isNull = new BinaryExpressionAst(extent, Variable(extent, "null"), TokenKind.Ieq, AstCopy.Of(assignment.Left), assignment.Left.Extent);
        return Probe(Pipeline(isNull));
    }

    /// <summary>Goes through what is in a variable, and does nothing with it.</summary>
    internal ScriptBlockAst Enumerate(ForEachStatementAst statement, string variable)
    {
        var extent = statement.Extent;
        return Of(extent, new ForEachStatementAst(
            extent,
            label: null,
            ForEachFlags.None,
            Variable(statement.Variable.Extent, variable),
            Pipeline(Variable(statement.Condition.Extent, variable)),
            new StatementBlockAst(extent, [], traps: null)));
    }

    /// <inheritdoc cref="Enumerate(ForEachStatementAst, string)"/>
    internal ScriptBlockAst Enumerate(SwitchStatementAst statement, string variable)
    {
        var extent = statement.Extent;
        var nothing = new StatementBlockAst(extent, [], traps: null);
        return Of(extent, new SwitchStatementAst(
            extent, label: null, Pipeline(Variable(statement.Condition.Extent, variable)), SwitchFlags.None, clauses: null, nothing));
    }

    /// <summary>Writes the lines of the file that a variable names.</summary>
    internal ScriptBlockAst Lines(SwitchStatementAst statement, string variable)
    {
        var extent = statement.Extent;
        var line = new StatementBlockAst(extent, [Pipeline(Variable(extent, "_"))], traps: null);
        return Of(extent, new SwitchStatementAst(
            extent, label: null, Pipeline(Variable(statement.Condition.Extent, variable)), SwitchFlags.File, clauses: null, line));
    }

    /// <summary>Writes an object if the object in a variable matches a clause of a switch.</summary>
    internal ScriptBlockAst Probe(SwitchStatementAst statement, ExpressionAst clause, string variable)
    {
        var extent = clause.Extent;
        var item = new ArrayLiteralAst(extent, [Variable(extent, variable)]);
        return Of(extent, new SwitchStatementAst(
            extent, label: null, Pipeline(item), statement.Flags & ~SwitchFlags.File, [Tuple.Create(AstCopy.Of(clause), True(extent))], @default: null));
    }

    /// <summary>Writes the types of a catch clause or trap. PowerShell looks them up when there is an error.</summary>
    internal ScriptBlockAst? Types(IReadOnlyList<TypeConstraintAst> types) => types.Count == 0
        ? null
        : Of(types[0].Extent, [.. types.Select(static type => Pipeline(new TypeExpressionAst(type.Extent, type.TypeName)))]);

    /// <summary>Makes the pieces of a trap in the block.</summary>
    internal CodePieces ForTrap(TrapStatementAst trap) => new(
        name + "<trap>" + (trap.TrapType is null ? string.Empty : $"<{trap.TrapType.TypeName.Name}>"));

    /// <summary>
    /// A copy of statements that is run by itself: <c>throw</c> for an error that is caught outside of it throws what a
    /// variable holds.
    /// </summary>
    internal ScriptBlockAst Copy(IReadOnlyList<StatementAst> statements) =>
        Of(statements[0].Extent, [.. statements.Select(static statement => WithRethrows(statement))]);

    /// <summary>Holds what a catch clause has caught.</summary>
    internal static string CaughtVariable(CatchClauseAst clause) => $"__caught{clause.Extent.StartOffset}";

    /// <summary>True when there is a <c>return</c> in code; then it sets <see cref="EndedVariable"/> when it comes to its end.</summary>
    internal static bool MayReturn(ScriptBlockAst code) => Returning.TryGetValue(code, out _);

    /// <summary>True when there is an assignment to <c>$_</c> in code.</summary>
    internal static bool ChangesDollarUnder(ScriptBlockAst code) => ChangingDollarUnder.TryGetValue(code, out _);

    private static StatementAst WithRethrows(StatementAst statement)
    {
        var replacements = new Dictionary<Ast, Ast>();
        foreach (var node in statement.FindAll(static node => node is ThrowStatementAst { IsRethrow: true }, searchNestedScriptBlocks: true))
        {
            if (ClauseAround(node, statement) is { } clause)
            {
                replacements[node] = new ThrowStatementAst(node.Extent, Pipeline(Variable(node.Extent, CaughtVariable(clause))));
            }
        }

        return replacements.Count == 0 ? AstCopy.Of(statement) : AstCopy.Of(statement, replacements);
    }

    /// <summary>The catch clause that a <c>throw</c> belongs to, when it is not in the statement.</summary>
    private static CatchClauseAst? ClauseAround(Ast rethrow, Ast statement)
    {
        var isOutside = false;
        for (var above = rethrow; above is not null; above = above.Parent)
        {
            if (above is CatchClauseAst clause)
            {
                return isOutside ? clause : null;
            }

            isOutside |= above == statement;
        }

        return null;
    }

    /// <summary>Not a statement of its own, which would set <c>$?</c>.</summary>
    private static IfStatementAst SetEnded(IScriptExtent extent)
    {
        var set = new AssignmentStatementAst(extent, Variable(extent, EndedVariable), TokenKind.Equals, Pipeline(Variable(extent, "true")), extent);
        return new IfStatementAst(extent, [Tuple.Create<PipelineBaseAst, StatementBlockAst>(set, new StatementBlockAst(extent, [], traps: null))], elseClause: null);
    }

    private static bool Has<T>(StatementAst statement, Func<T, bool> condition)
        where T : Ast => Suspensions.OwnNodes(statement).OfType<T>().Any(condition);

    private static bool AssignsDollarUnder(StatementAst statement) =>
        Has<AssignmentStatementAst>(statement, static assignment => Has(assignment.Left))
        || Has<ForEachStatementAst>(statement, static each => Has(each.Variable))
        || Has<UnaryExpressionAst>(statement, static unary =>
            unary.TokenKind is TokenKind.PlusPlus or TokenKind.MinusMinus or TokenKind.PostfixPlusPlus or TokenKind.PostfixMinusMinus && Has(unary.Child));

    private static bool Has(ExpressionAst target) =>
        target.Find(static node => node is VariableExpressionAst variable && DollarUnder.IsName(variable.VariablePath.UserPath), searchNestedScriptBlocks: false) is not null;

    private static StatementBlockAst True(IScriptExtent extent) => new(extent, [Pipeline(Variable(extent, "true"))], traps: null);
}
