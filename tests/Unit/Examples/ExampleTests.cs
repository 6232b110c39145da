using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace AsyncExecutors.Tests.Examples;

/// <summary>Every script in examples/ is run by a test that names it as the trait <c>Example</c>.</summary>
public sealed partial class ExampleTests
{
    [Fact]
    public void Examples_EachScript_HasATest()
    {
        var tested =
            from method in typeof(ExampleTests).GetMethods()
            from trait in method.GetCustomAttributes<TraitAttribute>()
            where trait.Name == "Example"
            select trait.Value;
        var scripts = Directory.GetFiles(Repository.ExamplesFolder, "*.ps1", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.ExamplesFolder, path));

        Assert.Equal(scripts.Order(), tested.Distinct().Order());
    }

    [Fact]
    [Trait("Example", "quickstart.ps1")]
    public async Task Quickstart_DefaultFolder_HashesEveryFile()
    {
        using var run = await HostRun.ToEndAsync(Repository.Example("quickstart.ps1"));

        run.AssertNoErrors();
        Assert.Equal(0, run.ExitCode);
        var files = Regex.Match(run.Output, @"^Files:\s+(\d+) in ", RegexOptions.Multiline).Groups[1].Value;
        Assert.True(int.Parse(files, CultureInfo.InvariantCulture) > 100, $"Only '{files}' files.");
        Assert.Equal(files, HashLine().Count(run.Output).ToString(CultureInfo.InvariantCulture));
        Assert.Matches($@"(?m)^Hashed:\s+{files} in .* all equal to the sequential run's$", run.Output);
        Assert.Matches(@"(?m)^Failed:\s+0$", run.Output);
    }

    [Fact]
    [Trait("Example", "quickstart.ps1")]
    public async Task Quickstart_GivenFolder_HashesAreRight()
    {
        using var folder = new TemporaryScript("one", "one.txt");
        await File.WriteAllTextAsync(Path.Combine(folder.Folder, "two.txt"), "two");

        using var run = await HostRun.ToEndAsync(Repository.Example("quickstart.ps1"), "-Path", folder.Folder, "-MaxWorkers", "3");

        Assert.Equal(0, run.ExitCode);
        Assert.Matches($@"(?m)^{Convert.ToHexString(SHA256.HashData("one"u8))} .* one\.txt$", run.Output);
        Assert.Matches($@"(?m)^{Convert.ToHexString(SHA256.HashData("two"u8))} .* two\.txt$", run.Output);
    }

    [Fact]
    [Trait("Example", "quickstart.ps1")]
    public async Task Quickstart_FileThatCannotBeRead_IsOneErrorAndTheRestGoesOn()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Making a symbolic link needs a privilege on Windows.");
        using var folder = new TemporaryScript("one", "one.txt");
        File.CreateSymbolicLink(Path.Combine(folder.Folder, "dangling.txt"), "/no/such/file");

        using var run = await HostRun.ToEndAsync(Repository.Example("quickstart.ps1"), folder.Folder);

        Assert.Contains("dangling.txt", run.Errors, StringComparison.Ordinal);
        Assert.Equal(1, HashLine().Count(run.Output));
        Assert.Matches(@"(?m)^Failed:\s+1$", run.Output);
    }

    [Fact]
    [Trait("Example", "quickstart.ps1")]
    public async Task Quickstart_NoSuchFolder_ExitsWith1()
    {
        using var run = await HostRun.ToEndAsync(Repository.Example("quickstart.ps1"), "/no/such/folder");

        Assert.Contains("There is no folder", run.Errors, StringComparison.Ordinal);
        Assert.Equal(1, run.ExitCode);
    }

    /// <summary>
    /// One after the other the requests would take 100 seconds. On an idle machine it is half a second; the limit here
    /// leaves room for one that runs other tests at the same time.
    /// </summary>
    [Fact]
    [Trait("Example", "http-fanout.ps1")]
    public async Task HttpFanout_Defaults_RunsAllAtOnceOnTwoThreads()
    {
        using var run = await HostRun.ToEndAsync(Repository.Example("http-fanout.ps1"));

        run.AssertNoErrors();
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("500 requests, each answered after 200 ms, all with the right page", run.Output, StringComparison.Ordinal);
        var figures = Regex.Match(run.Output, @"^(\S+) s on (\d+) threads", RegexOptions.Multiline);
        Assert.InRange(double.Parse(figures.Groups[1].Value, CultureInfo.CurrentCulture), 0.2, 5);
        Assert.Equal("2", figures.Groups[2].Value);
    }

    [Fact]
    [Trait("Example", "http-fanout.ps1")]
    public async Task HttpFanout_MoreRequestsThanWorkers_AllAnswered()
    {
        using var run = await HostRun.ToEndAsync(
            Repository.Example("http-fanout.ps1"), "-Requests", "300", "-MaxWorkers", "20", "-LatencyMilliseconds", "5");

        run.AssertNoErrors();
        Assert.Contains("300 requests, each answered after 5 ms", run.Output, StringComparison.Ordinal);
    }

    /// <summary>With latencies of 200 ms one thread that waited for each would take more than six minutes.</summary>
    [Fact]
    [Trait("Example", "await-http.ps1")]
    public async Task AwaitHttp_Defaults_AllAnsweredOnTwoThreads()
    {
        using var run = await HostRun.ToEndAsync(Repository.Example("await-http.ps1"));

        run.AssertNoErrors();
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(
            "2000 requests, each answered after 200 ms, all with the right page; 200 of them asked twice", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^\S+ s on 2 threads$", run.Output);
    }

    [GeneratedRegex("^[0-9A-F]{64}  ", RegexOptions.Multiline)]
    private static partial Regex HashLine();
}
