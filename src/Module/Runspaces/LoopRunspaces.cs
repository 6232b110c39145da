using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using AsyncExecutors.Callers;
using AsyncExecutors.Streams;

namespace AsyncExecutors.Runspaces;

/// <summary>Opens, prepares and resets the runspaces of loops.</summary>
internal static class LoopRunspaces
{
    private static readonly (string Name, Type Type)[] Cmdlets =
    [
        .. from type in typeof(LoopRunspaces).Assembly.GetExportedTypes()
           let name = type.GetCustomAttribute<CmdletAttribute>()
           where name is not null
           select ($"{name.VerbName}-{name.NounName}", type),
    ];

    /// <summary>Opens a runspace for the calling thread, which belongs to the session from then on.</summary>
    internal static Runspace Open(RunspaceSettings settings, RunspaceOpening opening) => opening.Run(() =>
    {
        var runspace = RunspaceFactory.CreateRunspace(StateFor(settings));
        try
        {
            runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
            runspace.Open();
            settings.Session.Adopt(runspace);
            Initialize(runspace, settings, opening);
            return runspace;
        }
        catch
        {
            settings.Session.Release(runspace);
            runspace.Dispose();
            throw;
        }
    });

    /// <summary>Makes a used runspace as new: variables, location, drives, functions and aliases. Modules stay, with what they export.</summary>
    /// <returns>
    /// False when only a new runspace will do: something it began with is gone or changed, or PowerShell cannot reset it,
    /// as in a restricted language mode.
    /// </returns>
    internal static bool TryReset(Runspace runspace, RunspaceInventory own)
    {
        if (runspace.SessionStateProxy.LanguageMode != PSLanguageMode.FullLanguage)
        {
            return false;
        }

        runspace.ResetRunspaceState();
        return own.TryRestore(runspace);
    }

    private static InitialSessionState StateFor(RunspaceSettings settings)
    {
        var state = InitialSessionState.CreateDefault2();
        state.LanguageMode = settings.LanguageMode;
        foreach (var (name, type) in Cmdlets)
        {
            state.Commands.Add(new SessionStateCmdletEntry(name, type, helpFileName: null));
        }

        state.Commands.Add(new SessionStateAliasEntry("await", "Receive-AsyncTask"));
        foreach (var (name, value) in settings.Variables)
        {
            // A script block is bound once there is a runspace to bind it to.
            state.Variables.Add(new SessionStateVariableEntry(name, value is CallerCode ? null : value, string.Empty));
        }

        return state;
    }

    private static void Initialize(Runspace runspace, RunspaceSettings settings, RunspaceOpening opening)
    {
        if (settings.Modules is null && settings.Functions is null && settings.InitializationScript is null
            && !settings.Variables.Any(static variable => variable.Value is CallerCode))
        {
            return;
        }

        settings.Location.Enter(runspace.SessionStateProxy.Path, runspace.SessionStateProxy.PSVariable);
        var previous = Runspace.DefaultRunspace;
        Runspace.DefaultRunspace = runspace;
        try
        {
            var blocks = new LoopBlocks();
            foreach (var (name, value) in settings.Variables.Where(static variable => variable.Value is CallerCode))
            {
                runspace.SessionStateProxy.SetVariable(name, blocks.Bind(value));
            }

            foreach (var module in settings.Modules?.Modules ?? [])
            {
                using var import = PowerShell.Create();
                import.Runspace = runspace;
                settings.Modules!.Import(module, import, opening);
            }

            foreach (var (name, definition) in settings.Functions ?? [])
            {
                runspace.SessionStateProxy.InvokeProvider.Item.Set(@"Function:\" + WildcardPattern.Escape(name), blocks.Get(definition));
            }

            RunInitializationScript(runspace, settings, blocks, opening);
        }
        finally
        {
            Runspace.DefaultRunspace = previous;
        }
    }

    private static void RunInitializationScript(Runspace runspace, RunspaceSettings settings, LoopBlocks blocks, RunspaceOpening opening)
    {
        if (settings.InitializationScript is not { } script)
        {
            return;
        }

        using var initialization = PowerShell.Create();
        initialization.Runspace = runspace;
        initialization.AddScript("try { . $args[0] } catch { throw }", useLocalScope: false)
            .AddArgument(script.GetScriptBlock()).AddParameter("--%", new CurrentUsingValues(blocks) { Current = settings.UsingValues });
        ErrorRecord? error = null;
        StreamRecord.Forward(initialization.Streams, record =>
        {
            if (record.Record is ErrorRecord first)
            {
                error ??= first;
            }
            else
            {
                settings.Records?.Add(record);
            }
        });
        RunWithPreferences(runspace.SessionStateProxy, settings, () => opening.Invoke(initialization, RunspaceOpening.ScriptTurn));
        if (error is not null)
        {
            throw new RuntimeException(error.ToString(), error.Exception, error);
        }
    }

    /// <summary>The caller's preferences hold for the script and not for the tasks. Those that the script sets itself stay.</summary>
    private static void RunWithPreferences(SessionStateProxy session, RunspaceSettings settings, Action run)
    {
        var before = settings.Preferences.Select(preference => (preference.Name, Value: session.GetVariable(preference.Name))).ToArray();
        foreach (var (name, value) in settings.Preferences)
        {
            session.SetVariable(name, value);
        }

        run();
        foreach (var ((name, given), (_, value)) in settings.Preferences.Zip(before))
        {
            if (Equals(session.GetVariable(name), given))
            {
                session.SetVariable(name, value);
            }
        }
    }
}
