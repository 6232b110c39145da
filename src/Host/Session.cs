using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace AsyncExecutors.Host;

/// <summary>One runspace with the module imported, and the commands that run in it one after the other.</summary>
/// <remarks>Thread safety: <see cref="Interrupt"/> may be called from any thread, the rest from one.</remarks>
internal sealed class Session : IDisposable
{
    private readonly ConsoleHost _host;
    private readonly Runspace _runspace;
    private readonly Lock _lock = new();

    /// <summary>What runs now. Guarded by <see cref="_lock"/>.</summary>
    private PowerShell? _running;

    /// <summary>Whether Ctrl+C came while the last command ran. Guarded by <see cref="_lock"/>.</summary>
    private bool _interrupted;

    /// <summary>Opens the runspace.</summary>
    /// <param name="host">What scripts see as <c>$Host</c>.</param>
    public Session(ConsoleHost host)
    {
        _host = host;
        _runspace = RunspaceFactory.CreateRunspace(host, InitialSessionState.CreateDefault2());
        _runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        _runspace.Open();
    }

    /// <summary>Whether Ctrl+C came while the last command ran.</summary>
    public bool Interrupted
    {
        get
        {
            lock (_lock)
            {
                return _interrupted;
            }
        }
    }

    /// <summary>Imports the module; says on standard error why, when it can't.</summary>
    /// <returns>Whether it is imported.</returns>
    public bool ImportModule()
    {
        if (RepositoryRoot.FindManifest() is not { } manifest)
        {
            _host.UI.WriteErrorLine($"AsyncExecutors.psd1 is neither in {AppContext.BaseDirectory} nor in a folder above it.");
            return false;
        }

        var import = new Command("Import-Module");
        import.Parameters.Add("Name", manifest);
        import.Parameters.Add("ErrorAction", ActionPreference.Stop);
        return Run(import);
    }

    /// <summary>Runs a script file and shows what it writes.</summary>
    /// <param name="path">The script's full path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>The program's exit code.</returns>
    public int RunScript(string path, IReadOnlyList<CommandParameter> arguments)
    {
        var lastExitCode = new ExitCodeVariable(() => _runspace.Debugger.GetCallStack().Any());
        _runspace.SessionStateProxy.PSVariable.Set(lastExitCode);
        var script = new Command(path, isScript: false, useLocalScope: false);
        foreach (var argument in arguments)
        {
            script.Parameters.Add(argument);
        }

        if (Run(script))
        {
            return _host.ExitCode ?? lastExitCode.ScriptExitCode ?? ExitCodes.Success;
        }

        return Interrupted ? ExitCodes.Interrupted : ExitCodes.Failure;
    }

    /// <summary>Runs what was typed at the prompt, in the session's own scope, and shows what it writes.</summary>
    /// <param name="text">PowerShell code.</param>
    public void RunText(string text) => Run(new Command(text, isScript: true, useLocalScope: false));

    /// <summary>Stops the running command; returns at once. The first call does, the next ones find it already stopping.</summary>
    /// <returns>True when there was something to stop; false when nothing runs or it is already being stopped.</returns>
    public bool Interrupt()
    {
        lock (_lock)
        {
            if (_running is not { } running || _interrupted)
            {
                return false;
            }

            _interrupted = true;
            running.BeginStop(callback: null, state: null);
            return true;
        }
    }

    /// <summary>Closes the runspace.</summary>
    public void Dispose() => _runspace.Dispose();

    /// <summary>Runs a command with its output and errors shown by Out-Default.</summary>
    /// <returns>False when it ended with an error that nothing caught, or was stopped.</returns>
    private bool Run(Command command)
    {
        var display = new Command("Out-Default", isScript: false, useLocalScope: true)
        {
            MergeUnclaimedPreviousCommandResults = PipelineResultTypes.Error | PipelineResultTypes.Output,
        };
        using var powerShell = PowerShell.Create(_runspace);
        powerShell.Commands.AddCommand(command).AddCommand(display);
        try
        {
            Begin(powerShell);
            powerShell.Invoke();
            return powerShell.InvocationStateInfo.State == PSInvocationState.Completed;
        }
        catch (PipelineStoppedException)
        {
            return false;
        }
        catch (RuntimeException error)
        {
            Show(error);
            return false;
        }
        finally
        {
            End();
            _host.ClearProgress();
        }
    }

    /// <summary>Shows an error that nothing caught, formatted as PowerShell does, on standard error.</summary>
    private void Show(RuntimeException error)
    {
        using var powerShell = PowerShell.Create(_runspace);
        powerShell.AddCommand("Out-Default");
        _host.OnStandardError(() => powerShell.Invoke(new[] { error.ErrorRecord }));
    }

    private void Begin(PowerShell powerShell)
    {
        lock (_lock)
        {
            _interrupted = false;
            _running = powerShell;
        }
    }

    private void End()
    {
        lock (_lock)
        {
            _running = null;
        }
    }
}
