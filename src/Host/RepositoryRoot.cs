namespace AsyncExecutors.Host;

/// <summary>Finds the module beside which this program was built.</summary>
internal static class RepositoryRoot
{
    private const string ManifestName = "AsyncExecutors.psd1";

    /// <summary>Looks for the module's manifest in the program's folder and in every folder above it.</summary>
    /// <returns>The manifest's full path; null when there is none.</returns>
    public static string? FindManifest()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var manifest = Path.Combine(folder.FullName, ManifestName);
            if (File.Exists(manifest))
            {
                return manifest;
            }
        }

        return null;
    }
}
