using System.Management.Automation.Language;
using AsyncExecutors.Coroutines.Steps;

namespace AsyncExecutors.Coroutines;

/// <content>What is done about an await in an expression.</content>
internal sealed partial class PlanCompiler
{
    /// <summary>Puts variables in place of the awaits of one statement, and of what is evaluated before them.</summary>
    private sealed class Hoister(PlanCompiler compiler, List<Step> steps)
    {
        private readonly Dictionary<Ast, Ast> _replacements = [];

        internal T Copy<T>(T node)
            where T : Ast => AstCopy.Of(node, _replacements);

        /// <summary>A node with an await in it.</summary>
        internal void Visit(Ast node)
        {
            switch (node)
            {
                case PipelineAst pipeline:
                    VisitPipeline(pipeline);
                    break;
                case CommandAst command when AwaitCommand.IsAwait(command):
                    throw AwaitErrors.Here(command);
                case ParenExpressionAst parens when AwaitCommand.IsLast(parens.Pipeline, out var command):
                    _replacements[parens] = Awaited(command, AwaitUse.Value);
                    break;
                case SubExpressionAst sub:
                    VisitStatements(sub, sub.SubExpression, isArray: false);
                    break;
                case ArrayExpressionAst array:
                    VisitStatements(array, array.SubExpression, isArray: true);
                    break;
                case AssignmentStatementAst assignment:
                    VisitAssignment(assignment);
                    break;
                case StatementAst statement when statement.Parent is HashtableAst && statement is not PipelineBaseAst:
                    ReplaceStatement(statement);
                    break;
                default:
                    VisitParts(node);
                    break;
            }
        }

        /// <summary>Parts that are evaluated one after the other: all before the last await go to variables.</summary>
        internal void VisitInOrder(IEnumerable<Ast?> parts)
        {
            var inOrder = parts.OfType<Ast>().ToArray();
            var last = Array.FindLastIndex(inOrder, compiler.InSuspension);
            for (var i = 0; i < last; i++)
            {
                HoistUnlessStable(inOrder[i], inOrder[(i + 1)..(last + 1)]);
            }

            if (last >= 0)
            {
                Visit(inOrder[last]);
            }
        }

        private void VisitParts(Ast node)
        {
            var (always, perhaps) = EvaluationOrder.PartsOf(node) ?? throw AwaitErrors.Here(compiler.First(node));
            if (perhaps.FirstOrDefault(compiler.InSuspension) is { } other)
            {
                throw AwaitErrors.NotAlways(compiler.First(other));
            }

            VisitInOrder(always);
        }

        /// <param name="pipeline">The pipeline.</param>
        /// <param name="use">What its results are for.</param>
        private void VisitPipeline(PipelineAst pipeline, AwaitUse use = AwaitUse.Value)
        {
            var elements = pipeline.PipelineElements;
            if (NewerSyntax.IsSet(pipeline, "Background"))
            {
                throw AwaitErrors.InBackground(compiler.First(pipeline));
            }

            if (AwaitCommand.IsLast(pipeline, out var command))
            {
                _replacements[pipeline] = CodePieces.Pipeline(Awaited(command, use));
            }
            else if (elements[0] is CommandAst first && AwaitCommand.IsAwait(first))
            {
                _replacements[first] = new CommandExpressionAst(first.Extent, Awaited(first, AwaitUse.Items), redirections: null);
                VisitInOrder(elements.Skip(1));
            }
            else
            {
                VisitInOrder(elements);
            }
        }

        private void VisitStatements(ExpressionAst expression, StatementBlockAst block, bool isArray)
        {
            var variable = compiler.NewVariable();
            steps.Add(new NestedStep(compiler.Compile(block), variable, isArray));
            _replacements[expression] = CodePieces.Variable(expression.Extent, variable);
        }

        /// <param name="assignment">The assignment.</param>
        /// <param name="isWanted">True when it is known that its right side is evaluated, also for <c>??=</c>.</param>
        internal void VisitAssignment(AssignmentStatementAst assignment, bool isWanted = false)
        {
            if (compiler.InSuspension(assignment.Left) || EvaluationOrder.Calls(assignment.Left))
            {
                throw AwaitErrors.Here(compiler.First(assignment));
            }

            if (EvaluationOrder.IsIfNull(assignment) && !isWanted)
            {
                throw AwaitErrors.NotAlways(compiler.First(assignment));
            }

            if (assignment.Right is PipelineBaseAst or CommandExpressionAst)
            {
                if (assignment is not { Left: ArrayLiteralAst, Right: PipelineAst several })
                {
                    Visit(assignment.Right);
                    return;
                }

                // Several variables are set from items, as those of foreach.
                var before = steps.Count;
                VisitPipeline(several, AwaitUse.Items);
                var values = steps.GetRange(before, steps.Count - before);
                steps.RemoveRange(before, values.Count);
                steps.Add(AsCondition(several, Sequence(values)));
                return;
            }

            ReplaceStatement(assignment.Right);
        }

        /// <summary><c>$x = if (...) { await ... }</c> and the like: a statement as a value.</summary>
        private void ReplaceStatement(StatementAst statement)
        {
            var variable = compiler.NewVariable();
            steps.Add(new NestedStep(compiler.Sequenced(statement), variable, isArray: false));
            _replacements[statement] = CodePieces.Pipeline(CodePieces.Variable(statement.Extent, variable));
        }

        private VariableExpressionAst Awaited(CommandAst command, AwaitUse use)
        {
            var variable = compiler.NewVariable();
            steps.Add(compiler.AwaitInto(variable, command, use));
            return CodePieces.Variable(command.Extent, variable);
        }

        private void HoistUnlessStable(Ast part, IReadOnlyList<Ast> behind)
        {
            if (compiler.InSuspension(part) || !EvaluationOrder.IsStable(part, behind))
            {
                Hoist(part, behind);
            }
        }

        /// <summary>Evaluates a part into a variable, before what is behind it.</summary>
        private void Hoist(Ast part, IReadOnlyList<Ast> behind)
        {
            switch (part)
            {
                case CommandParameterAst { Argument: { } argument }:
                    Hoist(argument, behind);
                    break;
                case CommandParameterAst:
                    break;
                case CommandAst:
                    HoistAll([.. EvaluationOrder.PartsOf(part)!.Value.Always.OfType<Ast>()], behind);
                    break;
                case CommandExpressionAst expression:
                    Hoist(expression.Expression, behind);
                    break;
                case PipelineBaseAst statement:
                    _replacements[statement] = CodePieces.Pipeline(Evaluated(statement));
                    break;
                case StatementAst statement:
                    ReplaceStatement(statement);
                    break;
                case ExpressionAst expression:
                    _replacements[expression] = Evaluated(expression);
                    break;
                default:
                    throw AwaitErrors.Here(part);
            }
        }

        /// <summary>
        /// Evaluates parts of a command: the arguments of commands of a pipeline are evaluated before any of them runs, and
        /// those of a function that suspends where the call stands.
        /// </summary>
        internal void HoistAll(Ast[] parts, IEnumerable<Ast> behind)
        {
            for (var i = 0; i < parts.Length; i++)
            {
                HoistUnlessStable(parts[i], [.. parts[(i + 1)..], .. behind]);
            }
        }

        private VariableExpressionAst Evaluated(Ast part)
        {
            var inner = new Hoister(compiler, steps);
            if (compiler.InSuspension(part))
            {
                inner.Visit(part);
            }

            var variable = compiler.NewVariable();
            var copy = inner.Copy(part);
            steps.Add(new CodeStep(compiler._pieces.Assign(variable, copy as StatementAst ?? CodePieces.Pipeline((ExpressionAst)copy))));
            return CodePieces.Variable(part.Extent, variable);
        }
    }

    private bool InSuspension(Ast? node) => suspensions.In(node);

    private CommandAst First(Ast node) => suspensions.FirstIn(node);

    private Step Sequenced(StatementAst statement) => Sequence(CompileAll([statement]));
}
