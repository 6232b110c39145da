using System.Collections;
using System.Management.Automation;

namespace AsyncExecutors.Runspaces;

/// <summary>
/// The variables that PowerShell itself sets in the whole runspace, made as at the start of a session before each task:
/// <c>$Error</c>, <c>$LASTEXITCODE</c> and <c>$?</c>.
/// </summary>
/// <remarks>Not thread-safe: used by the loop's thread, inside its resident pipeline.</remarks>
internal sealed class AutomaticVariables(PSCmdlet pump)
{
    private const string ExitCodeVariable = "global:LASTEXITCODE";

    private readonly ArrayList? _errors = pump.SessionState.PSVariable.GetValue("Error") as ArrayList;
    private readonly object? _engine = EngineScopes.AreAvailable ? EngineScopes.ContextOf(pump) : null;
    private bool _ranCommands;

    /// <summary>Makes them as new.</summary>
    /// <param name="runsCommands">Whether the block that comes can run commands, and so set an exit code.</param>
    internal void Reset(bool runsCommands)
    {
        Succeeded = true;
        ClearErrors();
        if (_ranCommands)
        {
            RemoveExitCode();
        }

        _ranCommands = runsCommands;
    }

    /// <summary>Empties <c>$Error</c>.</summary>
    internal void ClearErrors()
    {
        if (_errors?.Count > 0)
        {
            _errors.Clear();
        }
    }

    /// <summary>
    /// The value of <c>$?</c>. PowerShell lets nobody set it; where there is no other way to it either, a block sees that of
    /// the one before.
    /// </summary>
    internal bool Succeeded
    {
        get => _engine is null || EngineScopes.Succeeded(_engine);
        set
        {
            if (_engine is not null)
            {
                EngineScopes.SetSucceeded(_engine, value);
            }
        }
    }

    /// <summary>What a task that is suspended will want to find again.</summary>
    internal AutomaticValues Save() => new(Succeeded, pump.SessionState.PSVariable.GetValue(ExitCodeVariable), _errors?.Count > 0 ? _errors.ToArray() : []);

    internal void Restore(AutomaticValues values)
    {
        Reset(runsCommands: true);
        if (values.ExitCode is not null)
        {
            pump.SessionState.PSVariable.Set(ExitCodeVariable, values.ExitCode);
        }

        _errors?.AddRange(values.Errors);
        Succeeded = values.Succeeded;
    }

    private void RemoveExitCode()
    {
        try
        {
            pump.SessionState.PSVariable.Remove(ExitCodeVariable);
        }
        catch (SessionStateException)
        {
            // A block has made it read-only.
        }
    }
}

/// <summary>The values of these variables in one task.</summary>
/// <param name="Succeeded">That of <c>$?</c>.</param>
/// <param name="ExitCode">That of <c>$LASTEXITCODE</c>; null when there is none.</param>
/// <param name="Errors">Those in <c>$Error</c>.</param>
internal sealed record AutomaticValues(bool Succeeded, object? ExitCode, object?[] Errors);
