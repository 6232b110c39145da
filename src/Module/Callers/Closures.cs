using System.Management.Automation;
using System.Management.Automation.Language;

namespace AsyncExecutors.Callers;

/// <summary>Finds the variables that <c>GetNewClosure()</c> has bound to a block, as far as the block names them.</summary>
internal static class Closures
{
    /// <summary>How PowerShell names the module that it makes for a closure.</summary>
    private const string ModuleNamePrefix = "__DynamicModule_";

    private static readonly HashSet<string> Automatic = new(StringComparer.OrdinalIgnoreCase)
    {
        "_", "PSItem", "args", "input", "this", "MyInvocation", "PSBoundParameters", "PSCommandPath", "PSScriptRoot", "PSCmdlet",
        "ExecutionContext", "true", "false", "null", "?", "^", "$",
    };

    /// <summary>True for a variable that PowerShell itself gives to each block.</summary>
    internal static bool IsAutomatic(string name) => Automatic.Contains(name);

    /// <summary>True for what <c>GetNewClosure()</c> makes.</summary>
    internal static bool IsClosure(ScriptBlock block) => block.Module?.Name.StartsWith(ModuleNamePrefix, StringComparison.Ordinal) == true;

    /// <summary>Copies of the variables; null when the block is no closure or uses none. The pipeline's thread.</summary>
    internal static IReadOnlyList<PSVariable>? Captured(ScriptBlock block)
    {
        if (!IsClosure(block))
        {
            return null;
        }

        var captured = new Dictionary<string, PSVariable>(StringComparer.OrdinalIgnoreCase);
        var variables = block.Module.SessionState.PSVariable;
        foreach (var ast in block.Ast.FindAll(static ast => ast is VariableExpressionAst, searchNestedScriptBlocks: true))
        {
            var path = ((VariableExpressionAst)ast).VariablePath;
            var name = path.IsScript ? path.UserPath[(path.UserPath.IndexOf(':') + 1)..] : path.UserPath;
            if ((path.IsUnqualified || path.IsScript) && !Automatic.Contains(name) && variables.Get(name) is { } variable
                && variable.GetType() == typeof(PSVariable) && !ReferenceEquals(variable, variables.Get("global:" + name)))
            {
                captured[variable.Name] = new PSVariable(variable.Name, variable.Value);
            }
        }

        return captured.Count == 0 ? null : [.. captured.Values];
    }

    /// <summary>Makes a closure of a block, which has no variables yet, in the runspace of the thread.</summary>
    /// <returns>The closure, and the session that has its variables.</returns>
    internal static (ScriptBlock Block, SessionState Variables) Bind(ScriptBlock block)
    {
        var closure = new PSModuleInfo(linkToGlobal: true);
        return (closure.NewBoundScriptBlock(block), closure.SessionState);
    }
}
