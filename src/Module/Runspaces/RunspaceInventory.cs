using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace AsyncExecutors.Runspaces;

/// <summary>What a runspace began with that PowerShell's own reset leaves as it finds it: functions, aliases and drives.</summary>
internal sealed class RunspaceInventory
{
    private readonly Dictionary<string, object?> _commands;
    private readonly HashSet<string> _drives;
    private readonly HashSet<string> _providers;

    private RunspaceInventory(SessionStateProxy session)
    {
        _commands = Commands(session);
        _drives = session.Drive.GetAll().Select(static drive => drive.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        _providers = session.Provider.GetAll().Select(static provider => provider.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    internal static RunspaceInventory Of(Runspace runspace) => new(runspace.SessionStateProxy);

    /// <summary>Takes away what has been added.</summary>
    /// <returns>False when something that was there is gone or changed.</returns>
    internal bool TryRestore(Runspace runspace)
    {
        var session = runspace.SessionStateProxy;
        foreach (var drive in session.Drive.GetAll())
        {
            // A drive of a provider that came with a module belongs to that module, which stays.
            if (!_drives.Contains(drive.Name) && _providers.Contains(drive.Provider.Name))
            {
                session.Drive.Remove(drive.Name, force: true, scope: "global");
            }
        }

        var unchanged = 0;
        foreach (var (path, definition) in Commands(session))
        {
            if (!_commands.TryGetValue(path, out var before))
            {
                session.InvokeProvider.Item.Remove([path], recurse: false, force: true, literalPath: true);
            }
            else if (Equals(before, definition))
            {
                unchanged++;
            }
        }

        return unchanged == _commands.Count;
    }

    /// <summary>The functions and aliases that are not a module's, by path: what each stands for.</summary>
    private static Dictionary<string, object?> Commands(SessionStateProxy session)
    {
        var commands = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (path, command) in Own(session, "Function:").Concat(Own(session, "Alias:")))
        {
            commands[path] = command is FunctionInfo function ? function.ScriptBlock : command.Definition;
        }

        return commands;
    }

    private static IEnumerable<(string Path, CommandInfo Command)> Own(SessionStateProxy session, string drive) =>
        from item in session.InvokeProvider.ChildItem.Get(drive, recurse: false)
        let command = (CommandInfo)item.BaseObject
        where string.IsNullOrEmpty(command.ModuleName)
        select ($@"{drive}\{command.Name}", command);
}
