using System.Management.Automation.Language;

namespace AsyncExecutors.Tasks;

/// <summary>Tells from a block's syntax whether it can change the state of the runspace it runs in.</summary>
internal static class Traces
{
    /// <summary>
    /// True when it certainly cannot: it calls no command and no method, defines no function or type, and touches no
    /// variable outside its own scope, nor what is inside a variable. False when in doubt.
    /// </summary>
    internal static bool LeavesNone(ScriptBlockAst block) => block.Find(
        static ast => ast is CommandAst or FunctionDefinitionAst or TypeDefinitionAst or InvokeMemberExpressionAst or TrapStatementAst or ThrowStatementAst or MemberExpressionAst
            || (ast is IndexExpressionAst && ast.Parent is AssignmentStatementAst or UnaryExpressionAst)
            || (ast is VariableExpressionAst { VariablePath: { IsUnqualified: false } } && ast.Parent is not UsingExpressionAst),
        searchNestedScriptBlocks: true) is null;
}
