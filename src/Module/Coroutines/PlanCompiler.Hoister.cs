using System.Management.Automation.Language;
using AsyncExecutors.Coroutines.Steps;

namespace AsyncExecutors.Coroutines;

/// <content>The order in which PowerShell evaluates the parts of an expression, and what that means for an await in it.</content>
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
                case BinaryExpressionAst binary when binary.Operator is TokenKind.And or TokenKind.Or || binary.Operator.ToString() == "QuestionQuestion":
                    VisitFirst(binary.Left, binary.Right);
                    break;
                case UnaryExpressionAst { TokenKind: TokenKind.PlusPlus or TokenKind.MinusMinus or TokenKind.PostfixPlusPlus or TokenKind.PostfixMinusMinus }:
                    throw AwaitErrors.Here(node);
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
            for (var i = 0; i <= last; i++)
            {
                if (i == last)
                {
                    Visit(inOrder[i]);
                }
                else if (!IsStable(inOrder[i], inOrder[last]))
                {
                    Hoist(inOrder[i]);
                }
            }
        }

        private void VisitParts(Ast node)
        {
            switch (node.GetType().Name)
            {
                case "TernaryExpressionAst":
                    VisitFirst(NewerSyntax.Part(node, "Condition"), NewerSyntax.Part(node, "IfTrue"), NewerSyntax.Part(node, "IfFalse"));
                    break;
                case "PipelineChainAst":
                    VisitFirst(NewerSyntax.Part(node, "LhsPipelineChain"), NewerSyntax.Part(node, "RhsPipeline"));
                    break;
                default:
                    VisitInOrder(PartsOf(node));
                    break;
            }
        }

        private IEnumerable<Ast?> PartsOf(Ast node) => node switch
        {
            CommandAst command => [.. command.CommandElements, .. command.Redirections.OfType<FileRedirectionAst>().Select(static to => to.Location)],
            CommandExpressionAst expression => [expression.Expression],
            CommandParameterAst parameter => [parameter.Argument],
            ParenExpressionAst parens => [parens.Pipeline],
            BinaryExpressionAst binary => [binary.Left, binary.Right],
            UnaryExpressionAst unary => [unary.Child],
            AttributedExpressionAst attributed => [attributed.Child],
            InvokeMemberExpressionAst { Arguments: { } arguments } call when !NewerSyntax.IsSet(call, "NullConditional") => [call.Expression, call.Member, .. arguments],
            InvokeMemberExpressionAst call => FirstOf(call, call.Expression),
            MemberExpressionAst member => [member.Expression, member.Member],
            IndexExpressionAst index => [index.Target, index.Index],
            ArrayLiteralAst array => array.Elements,
            HashtableAst table => table.KeyValuePairs.SelectMany(static pair => new Ast[] { pair.Item1, pair.Item2 }),
            ExpandableStringExpressionAst text => text.NestedExpressions,
            ReturnStatementAst returning => [returning.Pipeline],
            ThrowStatementAst throwing => [throwing.Pipeline],
            ExitStatementAst leaving => [leaving.Pipeline],
            _ => throw AwaitErrors.Here(compiler.First(node)),
        };

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

        private void VisitAssignment(AssignmentStatementAst assignment)
        {
            if (compiler.InSuspension(assignment.Left) || Calls(assignment.Left))
            {
                throw AwaitErrors.Here(compiler.First(assignment));
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

        /// <summary>The first part is always evaluated; what suspends in another is refused.</summary>
        private void VisitFirst(Ast first, params Ast[] others)
        {
            if (Array.Find(others, compiler.InSuspension) is { } other)
            {
                throw AwaitErrors.NotAlways(compiler.First(other));
            }

            Visit(first);
        }

        private IEnumerable<Ast?> FirstOf(InvokeMemberExpressionAst call, Ast first) =>
            call.Arguments?.FirstOrDefault(compiler.InSuspension) is { } argument ? throw AwaitErrors.NotAlways(compiler.First(argument)) : [first];

        private VariableExpressionAst Awaited(CommandAst command, AwaitUse use)
        {
            var variable = compiler.NewVariable();
            steps.Add(compiler.AwaitInto(variable, command, use));
            return CodePieces.Variable(command.Extent, variable);
        }

        /// <summary>Evaluates a part into a variable, before what follows it is awaited.</summary>
        private void Hoist(Ast part)
        {
            switch (part)
            {
                case CommandParameterAst { Argument: { } argument }:
                    Hoist(argument);
                    break;
                case CommandParameterAst or CommandAst:
                    HoistAll(part, PartsOf(part).OfType<Ast>());
                    break;
                case CommandExpressionAst expression:
                    Hoist(expression.Expression);
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
        internal void HoistAll(Ast command, IEnumerable<Ast> parts)
        {
            foreach (var part in parts)
            {
                if (!IsStable(part, command))
                {
                    Hoist(part);
                }
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

        /// <summary>True when evaluating a part later gives the same: nothing in what is awaited can change it.</summary>
        private bool IsStable(Ast part, Ast awaited) => part switch
        {
            _ when compiler.InSuspension(part) => false,
            VariableExpressionAst { Splatted: false } or UsingExpressionAst => !Assigns(awaited),
            ConstantExpressionAst or TypeExpressionAst or ScriptBlockExpressionAst or VariableExpressionAst => true,
            CommandParameterAst { Argument: var argument } => argument is null || IsStable(argument, awaited),
            ConvertExpressionAst convert => IsStable(convert.Child, awaited),
            CommandExpressionAst expression => IsStable(expression.Expression, awaited),
            _ => false,
        };

        private static bool Assigns(Ast part) => part.Find(
            static node => node is AssignmentStatementAst
                or UnaryExpressionAst { TokenKind: TokenKind.PlusPlus or TokenKind.MinusMinus or TokenKind.PostfixPlusPlus or TokenKind.PostfixMinusMinus },
            searchNestedScriptBlocks: false) is not null;
    }

    private bool InSuspension(Ast node) => suspensions.In(node);

    private CommandAst First(Ast node) => suspensions.FirstIn(node);

    private Step Sequenced(StatementAst statement) => Sequence(CompileAll([statement]));
}
