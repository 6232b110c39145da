using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;

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
        foreach (DictionaryEntry variable in settings.Variables)
        {
            state.Variables.Add(new SessionStateVariableEntry(variable.Key.ToString(), variable.Value, string.Empty));
        }

        return state;
    }

    private static void Initialize(Runspace runspace, RunspaceSettings settings, RunspaceOpening opening)
    {
        if (settings.Modules.Length == 0 && settings.InitializationScript is null)
        {
            return;
        }

        runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(settings.Location));
        foreach (var module in settings.Modules)
        {
            using var import = PowerShell.Create();
            import.Runspace = runspace;
            import.AddCommand("Import-Module").AddParameter("Name", module).AddParameter("ErrorAction", "Stop").AddParameter("Global");
            opening.Invoke(import);
        }

        if (settings.InitializationScript is { } script)
        {
            using var initialization = PowerShell.Create();
            initialization.Runspace = runspace;
            var previous = Runspace.DefaultRunspace;
            Runspace.DefaultRunspace = runspace;
            try
            {
                initialization.AddScript("try { . $args[0] } catch { throw }", useLocalScope: false)
                    .AddArgument(script.GetScriptBlock()).AddParameter("--%", settings.UsingValues);
                opening.Invoke(initialization);
                if (initialization.Streams.Error is [var error, ..])
                {
                    throw new RuntimeException(error.ToString(), error.Exception, error);
                }
            }
            finally
            {
                Runspace.DefaultRunspace = previous;
            }
        }
    }
}
