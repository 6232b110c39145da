using System.Management.Automation.Language;

namespace AsyncExecutors.Coroutines;

/// <summary>What PowerShell evaluates of an expression, in which order, and what may come later as well.</summary>
internal static class EvaluationOrder
{
    /// <summary>The parts of a node, in their order: those that are evaluated in any case, and those that may not be; null when that is not known.</summary>
    internal static (IReadOnlyList<Ast?> Always, IReadOnlyList<Ast?> Perhaps)? PartsOf(Ast node) => node switch
    {
        BinaryExpressionAst binary when binary.Operator is TokenKind.And or TokenKind.Or || binary.Operator.ToString() == "QuestionQuestion" =>
            ([binary.Left], [binary.Right]),
        MemberExpressionAst member when NewerSyntax.IsSet(member, "NullConditional") =>
            ([member.Expression], [member.Member, .. member is InvokeMemberExpressionAst call ? ArgumentsOf(call) : []]),
        IndexExpressionAst index when NewerSyntax.IsSet(index, "NullConditional") => ([index.Target], [index.Index]),
        _ when node.GetType().Name == "TernaryExpressionAst" =>
            ([NewerSyntax.Part(node, "Condition")], [NewerSyntax.Part(node, "IfTrue"), NewerSyntax.Part(node, "IfFalse")]),
        _ when node.GetType().Name == "PipelineChainAst" => ([NewerSyntax.Part(node, "LhsPipelineChain")], [NewerSyntax.Part(node, "RhsPipeline")]),
        _ => AllOf(node) is { } all ? (all, []) : null,
    };

    /// <summary>True when evaluating a part after those behind it gives the same.</summary>
    internal static bool IsStable(Ast part, IEnumerable<Ast> behind) => part switch
    {
        // Other tasks, too, change variables of another scope than the block's, while it waits.
        VariableExpressionAst { Splatted: false, VariablePath: var path } => path.IsUnqualified && !behind.Any(MaySetVariables),
        ConstantExpressionAst or TypeExpressionAst or ScriptBlockExpressionAst or UsingExpressionAst or VariableExpressionAst => true,
        CommandParameterAst { Argument: var argument } => argument is null || IsStable(argument, behind),
        ConvertExpressionAst convert => IsStable(convert.Child, behind),
        CommandExpressionAst expression => IsStable(expression.Expression, behind),
        _ => false,
    };

    /// <summary>True for what is assigned to when that needs evaluation, which comes after that of the value.</summary>
    internal static bool Calls(ExpressionAst left) =>
        left.Find(static part => part is CommandAst or InvokeMemberExpressionAst, searchNestedScriptBlocks: false) is not null;

    /// <summary>True for <c>??=</c>, whose right side is evaluated only when there is nothing on the left.</summary>
    internal static bool IsIfNull(AssignmentStatementAst assignment) => assignment.Operator.ToString() == "QuestionQuestionEquals";

    private static IReadOnlyList<Ast?>? AllOf(Ast node) => node switch
    {
        CommandAst command => [.. command.CommandElements, .. command.Redirections.OfType<FileRedirectionAst>().Select(static to => to.Location)],
        CommandExpressionAst expression => [expression.Expression],
        CommandParameterAst parameter => [parameter.Argument],
        ParenExpressionAst parens => [parens.Pipeline],
        BinaryExpressionAst binary => [binary.Left, binary.Right],
        UnaryExpressionAst unary when !Steps(unary) => [unary.Child],
        AttributedExpressionAst attributed => [attributed.Child],
        InvokeMemberExpressionAst call => [call.Expression, call.Member, .. ArgumentsOf(call)],
        MemberExpressionAst member => [member.Expression, member.Member],
        IndexExpressionAst index => [index.Target, index.Index],
        ArrayLiteralAst array => array.Elements,
        HashtableAst table => [.. table.KeyValuePairs.SelectMany(static pair => new Ast[] { pair.Item1, pair.Item2 })],
        ExpandableStringExpressionAst text => text.NestedExpressions,
        ReturnStatementAst returning => [returning.Pipeline],
        ThrowStatementAst throwing => [throwing.Pipeline],
        ExitStatementAst leaving => [leaving.Pipeline],
        _ => null,
    };

    private static IReadOnlyList<Ast> ArgumentsOf(InvokeMemberExpressionAst call) => call.Arguments is { } arguments ? arguments : [];

    /// <summary>True for what may set a variable when it is evaluated. Of a command that is its arguments: it runs when all are.</summary>
    private static bool MaySetVariables(Ast part) => part.Find(
        node => node is AssignmentStatementAst or ForEachStatementAst
            || (node is UnaryExpressionAst unary && Steps(unary))
            || (node is ConvertExpressionAst convert && string.Equals(convert.Type.TypeName.Name, "ref", StringComparison.OrdinalIgnoreCase))
            || (node is CommandAst command && command != part && (!AwaitCommand.IsAwait(command) || AwaitCommand.IsOfCommand(command))),
        searchNestedScriptBlocks: false) is not null;

    /// <summary>True for <c>++</c> and <c>--</c>.</summary>
    private static bool Steps(UnaryExpressionAst unary) =>
        unary.TokenKind is TokenKind.PlusPlus or TokenKind.MinusMinus or TokenKind.PostfixPlusPlus or TokenKind.PostfixMinusMinus;
}
