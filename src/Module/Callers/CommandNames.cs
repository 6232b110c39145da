using System.Management.Automation.Language;
using System.Runtime.CompilerServices;
using AsyncExecutors.Coroutines;

namespace AsyncExecutors.Callers;

/// <summary>The commands that code names as they stand: <c>Get-Thing</c>, <c>&amp; 'Get-Thing'</c>, <c>${function:Get-Thing}</c>.</summary>
/// <remarks>Thread safety: all members may be used from any thread.</remarks>
internal static class CommandNames
{
    private static readonly ConditionalWeakTable<Ast, string[]> Known = new();

    /// <summary>The names that may be those of functions, each once. Found once for each piece of code.</summary>
    internal static string[] In(Ast code) => Known.GetValue(code, Find);

    private static string[] Find(Ast code)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var ast in code.FindAll(static ast => ast is CommandAst or VariableExpressionAst, searchNestedScriptBlocks: true))
        {
            var name = ast is CommandAst command ? AwaitCommand.NameOf(command) : FunctionOf((VariableExpressionAst)ast);
            if (!string.IsNullOrEmpty(name) && name.AsSpan().IndexOfAny(':', '\\', '/') < 0)
            {
                names.Add(name);
            }
        }

        // One that the code makes for others as well must not be hidden by the caller's.
        names.ExceptWith(code.FindAll(static ast => ast is FunctionDefinitionAst, searchNestedScriptBlocks: true)
            .Select(static function => ((FunctionDefinitionAst)function).Name)
            .Where(static name => name.Contains(':'))
            .Select(static name => name[(name.IndexOf(':') + 1)..]));
        return [.. names];
    }

    private static string? FunctionOf(VariableExpressionAst variable) =>
        variable.VariablePath.IsDriveQualified && variable.VariablePath.DriveName.Equals("function", StringComparison.OrdinalIgnoreCase)
            ? variable.VariablePath.UserPath["function:".Length..]
            : null;
}
