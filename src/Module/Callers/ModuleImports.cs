using System.Management.Automation;
using AsyncExecutors.Commands;
using AsyncExecutors.Runspaces;

namespace AsyncExecutors.Callers;

/// <summary>The modules that a call or a pool wants in its runspaces, and the first import that has failed.</summary>
/// <remarks>Thread safety: immutable, but for the failure, which the first loop to have one sets.</remarks>
internal sealed class ModuleImports
{
    private ErrorRecord? _failure;

    /// <param name="names">Names or paths, wildcards allowed.</param>
    /// <param name="caller">The cmdlet: a module that its session has is meant as it is there, and a path from where it is.</param>
    /// <exception cref="RuntimeException">A pattern fits no module, or a module is in no file.</exception>
    internal ModuleImports(string[] names, PSCmdlet caller) =>
        Modules = [.. names.SelectMany(name => ModuleNames.Resolve(name, caller)).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>Names or full paths.</summary>
    internal IReadOnlyList<string> Modules { get; }

    /// <summary>Why an import has failed; null when none has.</summary>
    internal ErrorRecord? Failure => Volatile.Read(ref _failure);

    /// <summary>Imports one of the modules, and makes sure that it is there.</summary>
    /// <param name="module">Its name or path.</param>
    /// <param name="shell">A pipeline without commands, in the runspace that is to have it.</param>
    /// <param name="opening">Whose turn it is.</param>
    /// <exception cref="RuntimeException">It could not be imported; an earlier failure, if there was one.</exception>
    internal void Import(string module, PowerShell shell, RunspaceOpening opening)
    {
        if (Failure is { } earlier)
        {
            throw new RuntimeException(earlier.Exception.Message, earlier.Exception, earlier);
        }

        try
        {
            shell.AddCommand(@"Microsoft.PowerShell.Core\Import-Module").AddParameter("Name", module).AddParameter("Global").AddParameter("PassThru")
                .AddParameter("DisableNameChecking").AddParameter("ErrorAction", ActionPreference.Stop);
            var imported = opening.Invoke(shell, RunspaceOpening.ImportTurn);
            if (shell.InvocationStateInfo.State == PSInvocationState.Stopped)
            {
                throw new PipelineStoppedException();
            }

            // A module may complain while it loads, as at the prompt; it is there all the same.
            if (imported.Count == 0)
            {
                throw Failed(module, shell.Streams.Error.FirstOrDefault()?.Exception);
            }
        }
        catch (RuntimeException exception) when (exception is not PipelineStoppedException && !ReferenceEquals(exception.ErrorRecord, Failure))
        {
            throw Failed(module, Tasks.Unwrap.Original(exception));
        }
    }

    private RuntimeException Failed(string module, Exception? cause)
    {
        var failure = Failures.ModuleNotImported(module, cause);
        return Interlocked.CompareExchange(ref _failure, failure.ErrorRecord, null) is { } first
            ? new RuntimeException(first.Exception.Message, first.Exception, first)
            : failure;
    }
}
