using System.Management.Automation;
using AsyncExecutors.Commands;

namespace AsyncExecutors.Callers;

/// <summary>What the names that users give for modules mean in their session.</summary>
/// <remarks>Used by the pipeline's thread.</remarks>
internal static class ModuleNames
{
    /// <summary>The names or full paths to import. A module that the session has is meant as it is there, also one that no search would find.</summary>
    /// <exception cref="RuntimeException">A pattern fits no module, or a module is in no file.</exception>
    internal static IEnumerable<string> Resolve(string name, PSCmdlet caller)
    {
        if (IsPath(name))
        {
            return [Rooted(name, caller)];
        }

        var loaded = Get(name, available: false);
        if (!WildcardPattern.ContainsWildcardCharacters(name))
        {
            return loaded.Count == 0 ? [name] : [FileOf(loaded[0])];
        }

        // What the session has first: another version of the same must not be imported as well.
        var names = loaded.Select(static module => module.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        string[] found =
        [
            .. loaded.Where(static module => module.ModuleType != ModuleType.Script || File.Exists(module.Path)).Select(FileOf),
            .. Get(name, available: true).Select(static module => module.Name).Where(name => !names.Contains(name)),
        ];
        return found.Length > 0 ? found : throw Failures.NoModuleFits(name);
    }

    private static bool IsPath(string name) =>
        name[0] is '.' or '~' || name.AsSpan().IndexOfAny('/', '\\') >= 0
        || (Path.GetExtension(name).ToUpperInvariant() is ".PSD1" or ".PSM1" or ".DLL" && File.Exists(name));

    private static string Rooted(string path, PSCmdlet caller)
    {
        var full = caller.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path);

        // A name with a separator that is no path here may be one below a folder of modules, for the import to find.
        return path[0] is '.' or '~' || Path.Exists(full) ? full : path;
    }

    private static List<PSModuleInfo> Get(string name, bool available)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand(@"Microsoft.PowerShell.Core\Get-Module").AddParameter("Name", name).AddParameter("ErrorAction", ActionPreference.Ignore);
        if (available)
        {
            shell.AddParameter("ListAvailable");
        }

        return [.. shell.Invoke<PSModuleInfo>()];
    }

    /// <summary>The file to import for a module that is loaded: its manifest, which is not what its path says.</summary>
    private static string FileOf(PSModuleInfo module)
    {
        var manifest = Path.Combine(module.ModuleBase ?? string.Empty, module.Name + ".psd1");
        return File.Exists(manifest) ? manifest
            : File.Exists(module.Path) ? module.Path
            : throw Failures.ModuleInNoFile(module);
    }
}
