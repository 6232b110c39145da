using System.Management.Automation.Language;
using AsyncExecutors.Coroutines.Steps;

namespace AsyncExecutors.Coroutines;

/// <content>Statements with awaits inside: what is awaited, and what is evaluated before it, goes to variables first.</content>
internal sealed partial class PlanCompiler
{
    /// <summary>A statement that is one expression or command: awaits first, then the statement with their results.</summary>
    private void CompileExpression(StatementAst? statement, List<Step> steps, bool isReturn)
    {
        if (statement is PipelineBaseAst pipeline && AwaitCommand.IsLast(pipeline, out var command))
        {
            steps.Add(AwaitInto(NewVariable(), command, AwaitUse.Output));
            if (isReturn)
            {
                steps.Add(new LeaveStep(Flow.Return));
            }

            return;
        }

        if (!isReturn && statement is PipelineAst { PipelineElements: [CommandExpressionAst { Redirections.Count: 0, Expression: SubExpressionAst sub }] })
        {
            steps.Add(new SubExpressionStep(Compile(sub.SubExpression)));
            return;
        }

        var hoisted = Hoisted(statement!, steps);
        if (isReturn && hoisted is AssignmentStatementAst assignment)
        {
            // return $x = ...: the value is written, too.
            hoisted = CodePieces.Pipeline(new ParenExpressionAst(assignment.Extent, assignment));
        }

        steps.Add(new CodeStep(_pieces.Of(statement!.Extent, hoisted), isReturn, IsOfStatements(statement)));
    }

    /// <summary>
    /// True for a value that is that of statements, as <c>$( )</c> and <c>$x = if ...</c>: these set <c>$?</c>, and what is
    /// done with their value does not.
    /// </summary>
    private static bool IsOfStatements(Ast value) => value switch
    {
        AssignmentStatementAst assignment => IsOfStatements(assignment.Right),
        PipelineAst { PipelineElements: [CommandExpressionAst only] } => IsOfStatements(only.Expression),
        CommandExpressionAst only => IsOfStatements(only.Expression),
        ParenExpressionAst parens => IsOfStatements(parens.Pipeline),
        SubExpressionAst or ArrayExpressionAst => true,
        StatementAst and not PipelineBaseAst => true,
        _ => false,
    };

    /// <summary>A copy of a statement in which variables stand for what suspends. The steps set the variables.</summary>
    private StatementAst Hoisted(StatementAst statement, List<Step> steps)
    {
        if (!suspensions.In(statement) && !MayReachTraps(statement))
        {
            return AstCopy.Of(statement);
        }

        var hoister = new Hoister(this, steps);
        hoister.Visit(statement);
        return hoister.Copy(statement);
    }

    /// <summary>Awaits into a variable, or to the output.</summary>
    private AwaitStep AwaitInto(string variable, CommandAst command, AwaitUse use)
    {
        if (AwaitCommand.IsOfCommand(command))
        {
            if (command.Redirections.Count > 0)
            {
                throw AwaitErrors.Redirected(command);
            }

            if (command.CommandElements[1].Extent.Text.StartsWith('['))
            {
                throw AwaitErrors.NoParentheses(command);
            }

            var elements = command.CommandElements.Take(1).Select(AstCopy.Of).Append(CodePieces.Variable(command.Extent, variable));
            return Step(CommandInto(variable, command, toOutput: use == AwaitUse.Output), Rewritten(elements));
        }

        if (command.Parent is PipelineAst { PipelineElements.Count: > 1 } piped && piped.PipelineElements[0] != command)
        {
            return Step(PipedInto(variable, piped), Rewritten([AstCopy.Of(command.CommandElements[0]), CodePieces.Variable(command.Extent, variable)]));
        }

        var operand = AwaitCommand.Operand(command) ?? throw AwaitErrors.Nothing(command);
        if (operand is VariableExpressionAst { Splatted: true } splatted)
        {
            throw AwaitErrors.Splatted(command, splatted);
        }

        var steps = new List<Step>();
        var value = (ExpressionAst)Expression(operand, steps);
        steps.Add(new CodeStep(_pieces.Assign(variable, CodePieces.Pipeline(value))));
        var replacements = new Dictionary<Ast, Ast> { [operand] = CodePieces.Variable(operand.Extent, variable) };
        return Step(Sequence(steps), Rewritten(command.CommandElements.Select(element => AstCopy.Of(element, replacements))));

        CommandAst Rewritten(IEnumerable<CommandElementAst> elements) =>
            new(command.Extent, elements, command.InvocationOperator, command.Redirections.Select(AstCopy.Of));

        AwaitStep Step(Step operandStep, CommandAst written)
        {
            var again = new PipelineAst(command.Extent, AstCopy.Of(written));
            return new(
                operandStep,
                variable,
                _pieces.Of(command.Extent, new PipelineAst(command.Extent, written)),
                _pieces.Assign(variable, use == AwaitUse.Value ? again : CodePieces.Gathered(again)),
                AwaitCommand.IsPlain(command),
                use);
        }
    }

    /// <summary>For <c>… | await</c>: all that is piped in is gathered first.</summary>
    private Step PipedInto(string variable, PipelineAst pipeline)
    {
        var steps = new List<Step>();
        var hoister = new Hoister(this, steps);
        CommandBaseAst[] before = [.. pipeline.PipelineElements.SkipLast(1)];
        hoister.VisitInOrder(before);
        steps.Add(new CodeStep(_pieces.Assign(variable, CodePieces.Gathered(new PipelineAst(pipeline.Extent, before.Select(hoister.Copy))))));
        return Sequence(steps);
    }

    /// <summary>For <c>await Some-Command …</c>: calls the command, or the function that suspends.</summary>
    private Step CommandInto(string variable, CommandAst await, bool toOutput)
    {
        var steps = new List<Step>();
        var hoister = new Hoister(this, steps);
        hoister.HoistAll([.. await.CommandElements.Skip(2)], behind: []);
        CommandElementAst[] elements = [.. await.CommandElements.Skip(1).Select(hoister.Copy)];
        var function = NewVariable();
        var call = new CommandAst(await.Extent, elements, TokenKind.Unknown, redirections: null);
        var bind = new CommandAst(
            await.Extent,
            elements.Skip(1).Select(AstCopy.Of).Prepend(CodePieces.Variable(await.Extent, function)),
            TokenKind.Dot,
            redirections: null);
        steps.Add(new FunctionStep(
            ((StringConstantExpressionAst)elements[0]).Value,
            _pieces.Assign(variable, new PipelineAst(await.Extent, call)),
            _pieces.Of(await.Extent, new PipelineAst(await.Extent, bind)),
            function,
            variable,
            toOutput));
        return Sequence(steps);
    }

    /// <summary>A command's arguments, with variables for what is awaited in them.</summary>
    private CommandElementAst[] ArgumentsOf(CommandAst command, List<Step> steps)
    {
        var hoister = new Hoister(this, steps);
        hoister.VisitInOrder(command.CommandElements.Skip(1));
        return [.. command.CommandElements.Skip(1).Select(hoister.Copy)];
    }

    private Ast Expression(Ast expression, List<Step> steps)
    {
        var hoister = new Hoister(this, steps);
        if (suspensions.In(expression))
        {
            hoister.Visit(expression);
        }

        return hoister.Copy(expression);
    }
}
