using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;

namespace AsyncExecutors.Tests.Module;

/// <summary>A PowerShell session that has the module, imported as users do, and this assembly's test cmdlets.</summary>
internal sealed class ModuleSession : IDisposable
{
    private readonly Runspace _runspace;

    internal ModuleSession(PSLanguageMode mode = PSLanguageMode.FullLanguage, bool importModule = true, Action<InitialSessionState>? configure = null)
    {
        var state = InitialSessionState.CreateDefault2();
        if (importModule)
        {
            state.ImportPSModule([ManifestPath, ToolsPath]);
        }

        state.LanguageMode = mode;
        state.Variables.Add(new SessionStateVariableEntry("tools", ToolsPath, string.Empty));
        configure?.Invoke(state);
        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.Open();
    }

    /// <summary>The repository's manifest, above the folder the tests run in.</summary>
    internal static string ManifestPath { get; } = FindManifest();

    /// <summary>The assembly with the test cmdlets: <c>New-EventLoopPool -ImportModule $tools</c> gives them to tasks.</summary>
    internal static string ToolsPath => typeof(ModuleSession).Assembly.Location;

    /// <summary>The ids of all runspaces of the process.</summary>
    internal static IReadOnlyList<int> OpenRunspaces
    {
        get
        {
            var list = typeof(Runspace).GetProperty("RunspaceList", BindingFlags.Static | BindingFlags.NonPublic)
                ?? throw new InvalidOperationException("This PowerShell has no Runspace.RunspaceList: find another way to count runspaces.");
            return [.. ((IEnumerable<Runspace>)list.GetValue(null)!).Select(static runspace => runspace.Id).Order()];
        }
    }

    /// <summary>Closes the session; gives up on one that does not close, so that the other tests run.</summary>
    public void Dispose()
    {
        var closed = Task.Factory.StartNew(_runspace.Dispose, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.True(closed.Wait(Probe.Limit), $"The session did not close within {Probe.Limit.TotalSeconds} s.");
    }

    internal void Set(string name, object? value) => _runspace.SessionStateProxy.SetVariable(name, value);

    internal object? Get(string name) => _runspace.SessionStateProxy.GetVariable(name);

    /// <summary>Runs a script to its end, or fails after a generous time.</summary>
    internal ScriptRun Run(string script, TimeSpan? limit = null)
    {
        using var started = Start(script);
        return started.Wait(limit);
    }

    /// <summary>Begins to run a script.</summary>
    internal RunningScript Start(string script)
    {
        var shell = PowerShell.Create();
        shell.Runspace = _runspace;
        shell.AddScript(script, useLocalScope: true);
        return new RunningScript(shell);
    }

    /// <summary>A pipeline of one command, for sessions that run no scripts.</summary>
    internal PowerShell Commands(string command)
    {
        var shell = PowerShell.Create();
        shell.Runspace = _runspace;
        shell.AddCommand(command);
        return shell;
    }

    private static string FindManifest()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "AsyncExecutors.psd1");
            if (File.Exists(path))
            {
                return path;
            }
        }

        throw new FileNotFoundException("AsyncExecutors.psd1 is in no folder above the tests.");
    }
}
