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
/// <param name="session">Its session, in which the scope is in force.</param>
/// <param name="values">The block's values.</param>
internal sealed class ScopeMove(object engine, SessionState session, MovedValues values)
{
    private const BindingFlags Internal = BindingFlags.Instance | BindingFlags.NonPublic;

    /// <summary>PowerShell checks made code once; see <see cref="Tasks.Blocks.Checked"/>.</summary>
    private static readonly object Checking = new();

    private static readonly PropertyInfo CommandContext = Property(typeof(CommandInfo), "Context");
    private static readonly MethodInfo SetValue = typeof(PSVariable).GetMethod("SetValueRaw", Internal) ?? throw new MissingMethodException(nameof(PSVariable), "SetValueRaw");

    /// <summary>Moves the scope of a call, and what the call was given.</summary>
    /// <param name="activation">The call.</param>
    /// <param name="outer">What is around the scope from now on.</param>
    internal void Move(Activation activation, object outer)
    {
        var scope = activation.Scope;
        var type = scope.GetType();
        Property(type, "Parent").SetValue(scope, outer);
        Property(type, "ScriptScope").SetValue(scope, Property(type, "ScriptScope").GetValue(outer));
        lock (Checking)
        {
            activation.Arguments = Array.ConvertAll(activation.Arguments, values.Bind);
            MoveFunctions((IDictionary)Property(type, "FunctionTable").GetValue(scope)!);
            MoveAliases(AliasesOf(scope), AliasesOf(outer));
            MoveVariables((IEnumerable)Property(type, "Variables").GetValue(scope)!);
        }

        if (activation.Function is { Command.Name: var name } function)
        {
            // Looked up as a variable first: a search for a command that is not there goes through all modules.
            var isHere = session.PSVariable.GetValue("function:" + name) is ScriptBlock;
            activation.Function = function with { Command = isHere ? session.InvokeCommand.GetCommand(name, CommandTypes.Function | CommandTypes.Filter) : null };
        }
    }

    private static PropertyInfo Property(Type type, string name) => type.GetProperty(name, Internal) ?? throw new MissingMemberException(type.FullName, name);

    private void MoveFunctions(IDictionary table)
    {
        // A module's is of no use without the module, which stays behind: to call it would mean to wait for its runspace.
        var functions = table.Values.Cast<FunctionInfo>().Where(static function => function.Module is null).ToArray();
        table.Clear();
        foreach (var function in functions)
        {
            session.PSVariable.Set("function:" + function.Name, values.Bind(function.ScriptBlock));
        }
    }

    /// <summary>The scope's own come along; those that all scopes have are this runspace's from now on.</summary>
    private void MoveAliases(Dictionary<string, AliasInfo> table, Dictionary<string, AliasInfo> outer)
    {
        foreach (var (name, alias) in table.ToArray())
        {
            if (!IsInAllScopes(alias))
            {
                CommandContext.SetValue(alias, engine);
            }
            else if (outer.TryGetValue(name, out var here) && IsInAllScopes(here))
            {
                table[name] = here;
            }
            else
            {
                table.Remove(name);
            }
        }
    }

    private static bool IsInAllScopes(AliasInfo alias) => alias.Options.HasFlag(ScopedItemOptions.AllScope);

    private static Dictionary<string, AliasInfo> AliasesOf(object scope)
    {
        var method = scope.GetType().GetMethod("GetAliases", Internal) ?? throw new MissingMethodException(scope.GetType().FullName, "GetAliases");
        return (Dictionary<string, AliasInfo>)method.Invoke(scope, null)!;
    }

    /// <summary>Read-only ones, too; and without what checks new values, which is the user's code.</summary>
    private void MoveVariables(IEnumerable table)
    {
        foreach (var (_, variable) in table.Cast<KeyValuePair<string, PSVariable>>().ToArray())
        {
            var value = variable.Value;
            var bound = values.Bind(value);
            if (bound != value)
            {
                SetValue.Invoke(variable, [bound, false]);
            }
        }
    }
}
