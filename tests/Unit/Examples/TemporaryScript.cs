namespace AsyncExecutors.Tests.Examples;

/// <summary>A script file in a folder of its own; both go when this is disposed.</summary>
internal sealed class TemporaryScript : IDisposable
{
    internal TemporaryScript(string text, string name = "script.ps1")
    {
        Folder = Directory.CreateTempSubdirectory("AsyncExecutors").FullName;
        Path = System.IO.Path.Combine(Folder, name);
        File.WriteAllText(Path, text);
    }

    internal string Folder { get; }

    internal string Path { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
