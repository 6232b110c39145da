using System.Collections;
using System.Linq.Expressions;
using System.Management.Automation;
using System.Management.Automation.Internal;
using System.Reflection;

namespace AsyncExecutors.Runspaces;

/// <summary>
/// The variables that PowerShell itself sets in the whole runspace, made as at the start of a session before each task:
/// <c>$Error</c>, <c>$LASTEXITCODE</c> and <c>$?</c>.
/// </summary>
/// <remarks>Not thread-safe: used by the loop's thread, inside its resident pipeline.</remarks>
internal sealed class AutomaticVariables(PSCmdlet pump)
{
    /// <summary>PowerShell lets nobody set <c>$?</c>. Where its field is not found, a block sees that of the one before.</summary>
    private static readonly Lazy<Action<PSCmdlet>?> SetSucceeded = new(Compile);

    private readonly ArrayList? _errors = pump.SessionState.PSVariable.GetValue("Error") as ArrayList;
    private bool _ranCommands;

    /// <summary>Makes them as new.</summary>
    /// <param name="runsCommands">Whether the block that comes can run commands, and so set an exit code.</param>
    internal void Reset(bool runsCommands)
    {
        SetSucceeded.Value?.Invoke(pump);
        if (_errors?.Count > 0)
        {
            _errors.Clear();
        }

        if (_ranCommands)
        {
            RemoveExitCode();
        }

        _ranCommands = runsCommands;
    }

    private void RemoveExitCode()
    {
        try
        {
            pump.SessionState.PSVariable.Remove("global:LASTEXITCODE");
        }
        catch (SessionStateException)
        {
            // A block has made it read-only.
        }
    }

    private static Action<PSCmdlet>? Compile()
    {
        const BindingFlags Internal = BindingFlags.Instance | BindingFlags.NonPublic;
        var context = typeof(InternalCommand).GetProperty("Context", Internal);
        var succeeded = context?.PropertyType.GetProperty("QuestionMarkVariableValue", Internal);
        if (succeeded?.CanWrite != true || succeeded.PropertyType != typeof(bool))
        {
            return null;
        }

        var pump = Expression.Parameter(typeof(PSCmdlet));
        var set = Expression.Assign(Expression.Property(Expression.Property(pump, context!), succeeded), Expression.Constant(true));
        return Expression.Lambda<Action<PSCmdlet>>(set, pump).Compile();
    }
}
