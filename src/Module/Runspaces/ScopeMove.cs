using System.Collections;
using System.Management.Automation;
using System.Reflection;
using AsyncExecutors.Callers;
using AsyncExecutors.Coroutines;

namespace AsyncExecutors.Runspaces;

/// <summary>Brings a scope of a block that waits into the runspace of the thread, with all that it has.</summary>
/// <remarks>
/// A scope belongs to a runspace by the scope that is around it, and by the functions, aliases and script blocks in it, which
/// are made anew. PowerShell has no public way to this; see <see cref="EngineScopes"/>.
/// </remarks>
/// <param name="blocks">The blocks of the runspace.</param>
/// <param name="session">Its session, in which the scope is in force.</param>
internal sealed class ScopeMove(LoopBlocks blocks, SessionState session)
{
    private const BindingFlags Internal = BindingFlags.Instance | BindingFlags.NonPublic;

    /// <summary>PowerShell checks made code once; see <see cref="Tasks.Blocks.Checked"/>.</summary>
    private static readonly object Checking = new();

    /// <summary>Moves the scope of a call, and what the call was given.</summary>
    /// <param name="activation">The call.</param>
    /// <param name="outer">What is around the scope from now on.</param>
    internal void Move(Activation activation, object outer)
    {
        var scope = activation.Scope;
        var type = scope.GetType();
        Property("Parent").SetValue(scope, outer);
        Property("ScriptScope").SetValue(scope, Property("ScriptScope").GetValue(outer));
        lock (Checking)
        {
            activation.Arguments = Array.ConvertAll(activation.Arguments, Bind);
            activation.DollarUnder.Value = Bind(activation.DollarUnder.Value);
            MoveFunctions((IDictionary)Property("FunctionTable").GetValue(scope)!);
            MoveVariables((IEnumerable)Property("Variables").GetValue(scope)!);
        }

        PropertyInfo Property(string name) => type.GetProperty(name, Internal) ?? throw new MissingMemberException(type.FullName, name);
    }

    private void MoveFunctions(IDictionary table)
    {
        // A module's is of no use without the module, which stays behind: to call it would mean to wait for its runspace.
        var functions = table.Values.Cast<FunctionInfo>().Where(static function => function.Module is null).ToArray();
        table.Clear();
        foreach (var function in functions)
        {
            session.PSVariable.Set("function:" + function.Name, blocks.Get(function.ScriptBlock.Ast));
        }
    }

    private void MoveVariables(IEnumerable table)
    {
        foreach (var (_, variable) in table.Cast<KeyValuePair<string, PSVariable>>().ToArray())
        {
            if (variable.Options.HasFlag(ScopedItemOptions.Constant) || variable.Options.HasFlag(ScopedItemOptions.ReadOnly))
            {
                continue;
            }

            var value = variable.Value;
            var bound = Bind(value);
            if (bound != value)
            {
                variable.Value = bound;
            }
        }
    }

    private object? Bind(object? value) => blocks.Bind(CallerCode.In(value, session.LanguageMode));
}
