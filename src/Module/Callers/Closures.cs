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
    internal static bool IsClosure(ScriptBlock block) => IsDynamic(block) && block.Module.Definition.Length == 0;

    private static bool IsDynamic(ScriptBlock block) => block.Module?.Name.StartsWith(ModuleNamePrefix, StringComparison.Ordinal) == true;

    /// <summary>
    /// Copies of the variables; null when the block is no closure or uses none. Reading them fails where other code of the
    /// block's runspace changes them just now.
    /// </summary>
    internal static IReadOnlyList<PSVariable>? Captured(ScriptBlock block)
    {
        if (!IsDynamic(block))
        {
            return null;
        }

        var captured = new Dictionary<string, PSVariable>(StringComparer.OrdinalIgnoreCase);
        foreach (var ast in block.Ast.FindAll(static ast => ast is VariableExpressionAst, searchNestedScriptBlocks: true))
        {
            var path = ((VariableExpressionAst)ast).VariablePath;
            var name = path.IsScript ? path.UserPath[(path.UserPath.IndexOf(':') + 1)..] : path.UserPath;
            if ((path.IsUnqualified || path.IsScript) && !Automatic.Contains(name) && FindOwn(block.Module, name) is { } variable
                && variable.GetType() == typeof(PSVariable))
            {
                captured[variable.Name] = new PSVariable(variable.Name, variable.Value);
            }
        }

        return captured.Count == 0 ? null : [.. captured.Values];
    }

    /// <summary>A module as closures have, without variables yet, in the runspace of the thread.</summary>
    internal static PSModuleInfo NewModule() => new(linkToGlobal: true);

    /// <summary>A variable of a closure's module; null for one that is the session's, or nobody's.</summary>
    internal static PSVariable? FindOwn(PSModuleInfo module, string name)
    {
        var variables = module.SessionState.PSVariable;
        return variables.Get(name) is { } variable && !ReferenceEquals(variable, variables.Get("global:" + name)) ? variable : null;
    }
}
