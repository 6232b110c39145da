using System.Management.Automation;
using AsyncExecutors.Callers;

namespace AsyncExecutors.Runspaces;

/// <summary>What calls have imported into a loop's runspace.</summary>
/// <remarks>Thread safety: <see cref="Stop"/> may be called on any thread, all else on the loop's.</remarks>
internal sealed class LoopImports
{
    private readonly HashSet<string> _imported = new(StringComparer.OrdinalIgnoreCase);
    private ModuleImports? _last;

    /// <summary>The import that runs now.</summary>
    private volatile RunspaceOpening? _running;

    /// <summary>True when calls have imported anything, or tried to.</summary>
    internal bool Any { get; private set; }

    /// <summary>True when all of them are there.</summary>
    internal bool Have(ModuleImports imports) => _last == imports || imports.Modules.All(_imported.Contains);

    /// <summary>Imports those that are not there, inside the pipeline that runs on the thread.</summary>
    /// <exception cref="RuntimeException">One could not be imported.</exception>
    internal void Import(ModuleImports imports)
    {
        // Even one that fails may have left something.
        Any = true;
        var opening = _running = new RunspaceOpening();
        try
        {
            opening.Run(() =>
            {
                foreach (var module in imports.Modules.Where(module => !_imported.Contains(module)))
                {
                    using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
                    imports.Import(module, shell, opening);
                    _imported.Add(module);
                }

                return true;
            });
        }
        finally
        {
            _running = null;
        }

        _last = imports;
    }

    /// <summary>Stops what is being imported, and lets others open their runspaces when it does not end. Does not wait.</summary>
    internal void Stop(TimeSpan gracePeriod) => _running?.Stop(gracePeriod);

    /// <summary>The runspace is gone.</summary>
    internal void Clear()
    {
        Any = false;
        _imported.Clear();
        _last = null;
    }
}
