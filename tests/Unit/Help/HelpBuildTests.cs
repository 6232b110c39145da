using System.Diagnostics;
using AsyncExecutors.Tests.Examples;

namespace AsyncExecutors.Tests.Help;

/// <summary>The build's check of the pages: it says what is missing or wrong, and where.</summary>
public sealed class HelpBuildTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("help");

    private string Docs => Path.Combine(_folder.FullName, "docs");

    private string Help => Path.Combine(_folder.FullName, "help");

    [Fact]
    public async Task RightPages_MakeTheHelpFiles()
    {
        CopyDocs();

        Assert.Equal((0, string.Empty), await RunAsync());
        Assert.Equal(
            ["AsyncExecutors.dll-Help.xml", "about_AsyncExecutors.help.txt", "about_AsyncExecutors_await.help.txt"],
            Directory.GetFiles(Help).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task WrongPages_AreNamedWithWhatToDo_AndNothingIsWritten()
    {
        CopyDocs();
        File.Delete(Path.Combine(Docs, "Stop-AsyncTask.md"));
        File.WriteAllText(Path.Combine(Docs, "Get-Nothing.md"), "# Get-Nothing\n");
        Change("Invoke-AsyncMultiple", "### -MaxWorkers", "### -Workers");
        Change("Invoke-AsyncMultiple", "[-Ordered]", "[-Sorted]");
        Change("Invoke-AsyncTask", "Type: ScriptBlock", "Type: String");
        Change("Get-EventLoopPool", "### Example 3", "#### Example 3");
        Change("Wait-AsyncTask", "```text", "```");
        Change("ConvertFrom-AsyncEnumerable", "```powershell", "```sh");
        Change("Submit-AsyncTask", "## RELATED LINKS", "## LINKS");
        Change("Receive-AsyncTask", "(Submit-AsyncTask.md)", "(No-Page.md)");
        Change("about_AsyncExecutors", "## SHORT DESCRIPTION\n\n", "## SHORT DESCRIPTION\n\nThis line is far too long for the one line that lists of topics have, and so on. ");

        var (code, errors) = await RunAsync();

        Assert.Equal(1, code);
        Assert.False(Directory.Exists(Help));
        Assert.All(
            [
                "Stop-AsyncTask.md(1): error HELP: The cmdlet Stop-AsyncTask has no documentation. Write this page.",
                "Get-Nothing.md(1): error HELP: The module has no cmdlet Get-Nothing.",
                "The parameter -MaxWorkers of Invoke-AsyncMultiple has no documentation. Write a section '### -MaxWorkers'.",
                "Invoke-AsyncMultiple has no parameter -Workers.",
                "The syntax is: Invoke-AsyncMultiple [[-ScriptBlock] <scriptblock>]",
                "-ScriptBlock: 'Type' is 'ScriptBlock', not 'String'.",
                "Get-EventLoopPool has 2 examples with code (```powershell) and its output (```text); 3 is the least.",
                "Wait-AsyncTask has 0 examples",
                "ConvertFrom-AsyncEnumerable.md(24): error HELP: 'Example 1: the first lines of a file, without reading the rest' has no code",
                "Submit-AsyncTask.md(1): error HELP: The page has no section RELATED LINKS.",
                "There is no No-Page.md to link to.",
                "SHORT DESCRIPTION must be one paragraph of at most 76 characters.",
            ],
            expected => Assert.Contains(expected, errors, StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void CopyDocs()
    {
        Directory.CreateDirectory(Docs);
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "docs")))
        {
            File.Copy(file, Path.Combine(Docs, Path.GetFileName(file)));
        }

        // Pages link to it.
        File.Copy(Path.Combine(Repository.Root, "README.md"), Path.Combine(_folder.FullName, "README.md"));
    }

    private void Change(string page, string from, string to)
    {
        var path = Path.Combine(Docs, page + ".md");
        var text = File.ReadAllText(path).ReplaceLineEndings("\n");
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
    }

    private async Task<(int Code, string Errors)> RunAsync()
    {
        using var process = Process.Start(new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [Repository.HelpPath, Path.Combine(Repository.Root, "AsyncExecutors.psd1"), Docs, Help])
        {
            RedirectStandardError = true,
        })!;
        using var limit = new CancellationTokenSource(Limit);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
