using System.Collections;
using System.Management.Automation;
using System.Reflection;
using AsyncExecutors.Coroutines;

namespace AsyncExecutors.Runspaces;

/// <summary>Brings the scopes of a block that waits into the runspace of the thread, with all that they have.</summary>
/// <remarks>
/// A scope belongs to a runspace by the scope that is around it, and by the functions, aliases and script blocks in it, which
/// are made anew. PowerShell has no public way to this; see <see cref="EngineScopes"/>.
/// </remarks>
/// <param name="engine">The engine's state of the runspace.</param>
/// <param name="values">The block's values.</param>
internal sealed class ScopeMove(object engine, MovedValues values)
{
    private const BindingFlags Internal = BindingFlags.Instance | BindingFlags.NonPublic;

    private static readonly Type? Scope = typeof(PSVariable).Assembly.GetType("System.Management.Automation.SessionStateScope");
    private static readonly PropertyInfo? ScriptScope = Scope?.GetProperty("ScriptScope", Internal);
    private static readonly PropertyInfo? FunctionTable = Scope?.GetProperty("FunctionTable", Internal);
    private static readonly PropertyInfo? Variables = Scope?.GetProperty("Variables", Internal);
    private static readonly MethodInfo? GetAliases = Scope?.GetMethod("GetAliases", Internal, []);
    private static readonly PropertyInfo? CommandContext = typeof(CommandInfo).GetProperty("Context", Internal);
    private static readonly PropertyInfo? VariableSession = typeof(PSVariable).GetProperty("SessionState", Internal);
    private static readonly PropertyInfo? EngineSession = CommandContext?.PropertyType.GetProperty("EngineSessionState", Internal);
    private static readonly MethodInfo? SetValue = typeof(PSVariable).GetMethod("SetValueRaw", Internal);

    /// <summary>False when this does not work with this PowerShell.</summary>
    internal static bool IsAvailable =>
        ScriptScope?.SetMethod is not null && FunctionTable is not null && Variables is not null && GetAliases is not null
        && CommandContext?.SetMethod is not null && VariableSession?.SetMethod is not null && EngineSession is not null && SetValue is not null;

    /// <summary>Hangs a call's scope into another.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="outer">What is around it from now on.</param>
    internal static void Hang(object scope, object outer)
    {
        EngineScopes.SetOuter(scope, outer);
        ScriptScope!.SetValue(scope, ScriptScope.GetValue(outer));
    }

    /// <summary>Moves what is in the scope of a call, which is in force, and what the call was given.</summary>
    internal void MoveContents(Activation activation)
    {
        var scope = activation.Scope;
        var outer = EngineScopes.Outer(scope)!;
        MoveFunctions((IDictionary)FunctionTable!.GetValue(scope)!);
        MoveAliases(AliasesOf(scope), AliasesOf(outer));
        MoveVariables(VariablesOf(scope), VariablesOf(outer));
        activation.Arguments = (object?[])values.Bind(activation.Arguments)!;
        if (activation.Function is { Command: FunctionInfo command } function)
        {
            activation.Function = function with { Command = values.Bind(command) is CommandInfo here && here != command ? here : null };
        }
    }

    /// <summary>Those of a module are of no use without the module, which stays behind: to call one would mean to wait for its runspace.</summary>
    private void MoveFunctions(IDictionary table)
    {
        var functions = table.Values.Cast<FunctionInfo>()
            .Select(function => (Before: function, Block: values.Bind(function.ScriptBlock)))
            .Where(static function => function.Before.Module is null || function.Block != function.Before.ScriptBlock)
            .ToArray();
        table.Clear();
        foreach (var (before, block) in functions)
        {
            var now = EngineScopes.SetFunction(engine, before.Name, (ScriptBlock)block!);
            now.Options |= before.Options & ScopedItemOptions.ReadOnly;
            values.Add(before, now);
        }
    }

    /// <summary>The scope's own come along; those that all scopes have are this runspace's from now on.</summary>
    private void MoveAliases(Dictionary<string, AliasInfo> table, Dictionary<string, AliasInfo> outer)
    {
        foreach (var (name, alias) in table.ToArray())
        {
            if (IsInAllScopes(alias.Options) && outer.TryGetValue(name, out var here) && IsInAllScopes(here.Options))
            {
                table[name] = here;
            }
            else
            {
                CommandContext!.SetValue(alias, engine);
            }
        }
    }

    /// <summary>
    /// The same with variables (<c>$?</c> and <c>$ExecutionContext</c> among them). Values are set where they are read-only, too, and
    /// without what checks new ones, which is the user's code.
    /// </summary>
    private void MoveVariables(IDictionary<string, PSVariable> table, IDictionary<string, PSVariable> outer)
    {
        var here = EngineSession!.GetValue(engine);
        foreach (var (name, variable) in table.ToArray())
        {
            if (IsInAllScopes(variable.Options) && outer.TryGetValue(name, out var ofAll) && IsInAllScopes(ofAll.Options))
            {
                table[name] = ofAll;
                continue;
            }

            VariableSession!.SetValue(variable, here);
            var value = variable.Value;
            var bound = values.Bind(value);
            if (!ReferenceEquals(bound, value))
            {
                SetValue!.Invoke(variable, [bound, false]);
            }
        }
    }

    private static bool IsInAllScopes(ScopedItemOptions options) => options.HasFlag(ScopedItemOptions.AllScope);

    private static Dictionary<string, AliasInfo> AliasesOf(object scope) => (Dictionary<string, AliasInfo>)GetAliases!.Invoke(scope, null)!;

    private static IDictionary<string, PSVariable> VariablesOf(object scope) => (IDictionary<string, PSVariable>)Variables!.GetValue(scope)!;
}
