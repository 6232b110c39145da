using System.Collections.ObjectModel;
using System.Management.Automation.Language;
using System.Reflection;
using AsyncExecutors.Coroutines.Steps;

namespace AsyncExecutors.Coroutines;

/// <summary>
/// Takes a block apart: statements that do not suspend stay together as pieces of code; those that do become steps.
/// </summary>
/// <param name="suspensions">Where it suspends.</param>
/// <param name="name">The name of a function; null for a block.</param>
internal sealed partial class PlanCompiler(Suspensions suspensions, string? name)
{
    private static readonly PropertyInfo? TypeProperty = typeof(TypeDefinitionAst).GetProperty("Type", BindingFlags.Instance | BindingFlags.NonPublic);

    private CodePieces _pieces = new(name ?? "<ScriptBlock>");
    private int _variables;

    /// <summary>Those of the statements that are compiled, not of what is around these.</summary>
    private Traps? _traps;

    /// <summary>Compiles statements, with the traps around them.</summary>
    internal Step Compile(ReadOnlyCollection<StatementAst> statements, ReadOnlyCollection<TrapStatementAst>? traps)
    {
        var outer = _traps;
        try
        {
            _traps = traps is not { Count: > 0 } ? null : new Traps(
                [.. traps.Select(trap => _pieces.Types(trap.TrapType is null ? [] : [trap.TrapType]))],
                [.. traps.Select(CompileTrap)]);
            return _traps is null
                ? Sequence(CompileAll(statements))
                : new TrapStep([.. statements.Select(statement => Sequence(CompileAll([statement])))], _traps);
        }
        finally
        {
            _traps = outer;
        }
    }

    private Step Compile(StatementBlockAst block) => Compile(block.Statements, block.Traps);

    private Step CompileTrap(TrapStatementAst trap)
    {
        var outer = _pieces;
        _pieces = outer.ForTrap(trap);
        try
        {
            return Compile(trap.Body);
        }
        finally
        {
            _pieces = outer;
        }
    }

    private List<Step> CompileAll(IEnumerable<StatementAst> statements)
    {
        var steps = new List<Step>();
        var plain = new List<StatementAst>();
        foreach (var statement in statements)
        {
            if (statement is TypeDefinitionAst { } type && IsDefined(type))
            {
                // A copy would define the type once more.
                continue;
            }

            if (!suspensions.In(statement) && !MayReachTraps(statement))
            {
                plain.Add(statement);
                continue;
            }

            Flush();
            CompileSuspending(statement, steps);
        }

        Flush();
        return steps;

        void Flush()
        {
            if (plain.Count > 0)
            {
                steps.Add(new CodeStep(_pieces.Copy(plain)));
                plain.Clear();
            }
        }
    }

    private void CompileSuspending(StatementAst statement, List<Step> steps)
    {
        switch (statement)
        {
            case IfStatementAst chosen:
                steps.Add(new IfStep(
                    [.. chosen.Clauses.Select(clause => (ConditionOf(clause.Item1), Compile(clause.Item2)))],
                    chosen.ElseClause is null ? null : Compile(chosen.ElseClause)));
                break;
            case ForEachStatementAst each:
                CompileForEach(each, steps);
                break;
            case ForStatementAst counted:
                CompileFor(counted, steps);
                break;
            case SwitchStatementAst cases:
                steps.Add(CompileSwitch(cases));
                break;
            case WhileStatementAst loop:
                steps.Add(new LoopStep(loop.Label, ConditionOf(loop.Condition), goesOnWhile: true, Compile(loop.Body), afterBody: null, bodyFirst: false));
                break;
            case DoWhileStatementAst loop:
                steps.Add(new LoopStep(loop.Label, ConditionOf(loop.Condition), goesOnWhile: true, Compile(loop.Body), afterBody: null, bodyFirst: true));
                break;
            case DoUntilStatementAst loop:
                steps.Add(new LoopStep(loop.Label, ConditionOf(loop.Condition), goesOnWhile: false, Compile(loop.Body), afterBody: null, bodyFirst: true));
                break;
            case TryStatementAst tried:
                steps.Add(new TryStep(
                    Compile(tried.Body),
                    [.. tried.CatchClauses.Select(clause => _pieces.Types(clause.CatchTypes))],
                    [.. tried.CatchClauses.Select(clause => (CodePieces.CaughtVariable(clause), Compile(clause.Body)))],
                    _traps,
                    tried.Finally is null ? null : Compile(tried.Finally)));
                break;
            case AssignmentStatementAst { Left: not AttributedExpressionAst } assignment when EvaluationOrder.IsIfNull(assignment):
                steps.Add(CompileIfNull(assignment));
                break;
            case ReturnStatementAst returning:
                CompileExpression(returning.Pipeline, steps, isReturn: true);
                break;
            case PipelineAst { PipelineElements: [CommandAst sleep] } when AwaitCommand.IsSleepStatement(sleep):
                CompileSleep(sleep, steps);
                break;
            default:
                CompileExpression(statement, steps, isReturn: false);
                break;
        }
    }

    /// <summary>
    /// True for a <c>try</c> among statements with traps that may leave an error to them before its <c>finally</c>, also as the
    /// value of an assignment.
    /// </summary>
    private bool MayReachTraps(StatementAst statement) => _traps is not null && statement switch
    {
        TryStatementAst { CatchClauses: [.., { IsCatchAll: false }] } => true,
        AssignmentStatementAst { Operator: TokenKind.Equals } assignment => !EvaluationOrder.Calls(assignment.Left) && MayReachTraps(assignment.Right),
        _ => false,
    };

    private void CompileForEach(ForEachStatementAst each, List<Step> steps)
    {
        if (each.Flags != ForEachFlags.None)
        {
            throw AwaitErrors.Here(each);
        }

        var list = NewVariable();
        var items = ItemsInto(list, (PipelineBaseAst)each.Condition, AwaitUse.Sequence);
        steps.Add(new ForEachStep(each.Label, each.Variable.VariablePath.UserPath, items, list, _pieces.Enumerate(each, list), Compile(each.Body)));
    }

    private void CompileFor(ForStatementAst counted, List<Step> steps)
    {
        if (counted.Initializer is not null)
        {
            steps.Add(PartOfFor(counted.Initializer));
        }

        steps.Add(new LoopStep(
            counted.Label,
            counted.Condition is null ? null : ConditionOf(counted.Condition),
            goesOnWhile: true,
            Compile(counted.Body),
            counted.Iterator is null ? null : PartOfFor(counted.Iterator),
            bodyFirst: false));
    }

    /// <summary>The first or last part of a <c>for</c> statement: a value that nobody looks at.</summary>
    private NestedStep PartOfFor(PipelineBaseAst part) => new(Sequenced(part), NewVariable(), isArray: false);

    private SwitchStep CompileSwitch(SwitchStatementAst cases)
    {
        if ((cases.Flags & SwitchFlags.Parallel) != 0 || cases.Clauses.FirstOrDefault(clause => suspensions.In(clause.Item1)) is not null)
        {
            throw AwaitErrors.Here(suspensions.FirstIn(cases));
        }

        var variable = NewVariable();
        return new SwitchStep(
            cases.Label,
            ItemsInto(variable, cases.Condition, AwaitUse.Items),
            (cases.Flags & SwitchFlags.File) != 0 ? _pieces.Lines(cases, variable) : null,
            variable,
            _pieces.Enumerate(cases, variable),
            [.. cases.Clauses.Select(clause => (_pieces.Probe(cases, clause.Item1, variable), Compile(clause.Item2)))],
            cases.Default is null ? null : Compile(cases.Default));
    }

    private IfStep CompileIfNull(AssignmentStatementAst assignment)
    {
        var assign = new List<Step>();
        var hoister = new Hoister(this, assign);
        hoister.VisitAssignment(assignment, isWanted: true);
        var copy = hoister.Copy(assignment);
        var assigned = new AssignmentStatementAst(copy.Extent, AstCopy.Of(copy.Left), TokenKind.Equals, AstCopy.Of(copy.Right), copy.ErrorPosition);
        assign.Add(new CodeStep(_pieces.Of(assignment.Extent, assigned), keepsSucceeded: IsOfStatements(assignment)));
        return new IfStep([(new Condition(before: null, _pieces.ProbeNull(assignment)), Sequence(assign))], otherwise: null);
    }

    private void CompileSleep(CommandAst sleep, List<Step> steps)
    {
        var arguments = ArgumentsOf(sleep, steps);
        var name = sleep.CommandElements[0];
        steps.Add(new SleepStep(
            sleep.GetCommandName(),
            Call(TokenKind.Unknown, AstCopy.Of(name), arguments),
            Call(TokenKind.Ampersand, new ConstantExpressionAst(name.Extent, SleepTimeCommand.Info), arguments.Select(AstCopy.Of))));

        ScriptBlockAst Call(TokenKind invocation, CommandElementAst command, IEnumerable<CommandElementAst> with) => _pieces.Of(
            sleep.Extent, new PipelineAst(sleep.Extent, new CommandAst(sleep.Extent, with.Prepend(command), invocation, redirections: null)));
    }

    private Condition ConditionOf(PipelineBaseAst condition)
    {
        var before = new List<Step>();
        var probe = _pieces.Probe((PipelineBaseAst)Hoisted(condition, before));
        return new Condition(before.Count == 0 ? null : AsCondition(condition, Sequence(before)), probe);
    }

    /// <summary>
    /// What a command that is a whole condition has written is lost when it leaves the statement, as with <c>break</c> or
    /// <c>exit</c>; that of an expression is output of the block.
    /// </summary>
    private static Step AsCondition(PipelineBaseAst condition, Step step) =>
        IsExpression(condition) ? step : new UnheardStep(step);

    private static bool IsExpression(PipelineBaseAst condition) =>
        condition is PipelineAst { PipelineElements: [CommandExpressionAst] } or AssignmentStatementAst;

    /// <summary>What <c>foreach</c> and <c>switch</c> go through: the items of a value, or what commands write, also when that is one list.</summary>
    private Step ItemsInto(string variable, PipelineBaseAst items, AwaitUse use)
    {
        if (AwaitCommand.IsLast(items, out var command))
        {
            return AsCondition(items, AwaitInto(variable, command, use));
        }

        var steps = new List<Step>();
        var hoisted = Hoisted(items, steps);
        steps.Add(new CodeStep(_pieces.Assign(variable, IsExpression(items) ? hoisted : CodePieces.Gathered(hoisted))));
        return AsCondition(items, Sequence(steps));
    }

    private static Step Sequence(List<Step> steps) => steps.Count == 1 ? steps[0] : new SequenceStep([.. steps]);

    /// <summary>True for a class that PowerShell has made when it compiled the script around the block.</summary>
    private static bool IsDefined(TypeDefinitionAst type) => TypeProperty?.GetValue(type) is not null;

    private string NewVariable() => $"__await{_variables++}";
}
