namespace AsyncExecutors.Tests.Examples;

/// <summary>Where things are in the repository from which the tests were built.</summary>
internal static class Repository
{
    internal static string Root { get; } = FindRoot();

    internal static string ExamplesFolder => Path.Combine(Root, "examples");

    /// <summary>The host program, built in the configuration of the tests.</summary>
    internal static string HostPath { get; } = FindBuilt("src/Host", "AsyncExecutors.Host.dll");

    /// <summary>The program that makes the help files, built in the configuration of the tests.</summary>
    internal static string HelpPath { get; } = FindBuilt("build/Help", "AsyncExecutors.Help.dll");

    internal static string Example(string name) => Path.Combine(ExamplesFolder, name);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "AsyncExecutors.psd1")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} has AsyncExecutors.psd1.");
    }

    private static string FindBuilt(string project, string file)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent?.Name ?? "Debug";
        var path = Path.Combine(Root, project, "bin", configuration, "net10.0", file);
        return File.Exists(path) ? path : throw new InvalidOperationException($"{file} is not built: there is no {path}.");
    }
}
