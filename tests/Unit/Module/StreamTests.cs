using System.Management.Automation;

namespace AsyncExecutors.Tests.Module;

/// <summary>Warnings, verbose, debug and information records and progress, from task to caller.</summary>
public sealed class StreamTests : ModuleTest
{
    public StreamTests() => Session.Run("$global:p = New-EventLoopPool 2 -ImportModule $tools").AssertNoErrors();

    [Fact]
    public void Warning_ArrivesWhileTheTaskRuns() => ArrivesLive("Write-TestRecord Warning now", static streams => streams.Warning, static record => record.Message);

    [Fact]
    public void Verbose_ArrivesWhileTheTaskRuns() => ArrivesLive("Write-TestRecord Verbose now -Verbose", static streams => streams.Verbose, static record => record.Message, "-Verbose");

    [Fact]
    public void Debug_ArrivesWhileTheTaskRuns() => ArrivesLive("Write-TestRecord Debug now", static streams => streams.Debug, static record => record.Message, "-Debug");

    [Fact]
    public void Information_ArrivesWhileTheTaskRuns() => ArrivesLive("Write-TestRecord Information now", static streams => streams.Information, static record => record.MessageData.ToString());

    [Fact]
    public void Progress_ArrivesWhileTheTaskRuns() => ArrivesLive("Write-TestRecord Progress now", static streams => streams.Progress, static record => record.Activity);

    [Fact]
    public void Error_ArrivesWhileTheTaskRuns() => ArrivesLive("Write-TestRecord Error now", static streams => streams.Error, static record => record.Exception.Message);

    [Fact]
    public void Warning_OfManyTasks_EachArrivesOnce()
    {
        var run = Run("1..50 | Invoke-AsyncMultiple -Pool $p { Write-TestRecord Warning \"w$_\" } | ForEach-Object { }");

        Assert.Equal(Enumerable.Range(1, 50).Select(static i => $"w{i}").Order(), run.Warnings.Order());
    }

    [Fact]
    public void Warnings_OfOneTask_KeepTheirOrder_BeforeTheResult()
    {
        var run = Run("1 | Invoke-AsyncMultiple -Pool $p { foreach ($i in 1..20) { Write-TestRecord Warning \"$i\" } } | ForEach-Object { $PSCmdlet; $probe.Hit('result') }");

        Assert.Equal(Enumerable.Range(1, 20).Select(static i => $"{i}"), run.Warnings);
    }

    [Fact]
    public void Information_KeepsSourceAndTags()
    {
        var record = Assert.Single(Run("1 | Invoke-AsyncMultiple -Pool $p { Write-TestRecord Information text }").Information);

        Assert.Equal("text", record.MessageData.ToString());
        Assert.Contains("tag", record.Tags);
    }

    /// <summary>The cmdlet that was told to be silent has returned when they are written.</summary>
    [Theory]
    [InlineData("Submit-AsyncTask -Pool $p -WarningAction SilentlyContinue { Write-TestRecord Warning w; 1 } | Receive-AsyncTask")]
    [InlineData("Submit-AsyncTask -Pool $p -WarningAction SilentlyContinue -AsJob { Write-TestRecord Warning w; 1 } | Wait-Job | Receive-Job")]
    [InlineData("Invoke-AsyncMultiple -Pool $p -WarningAction SilentlyContinue -AsJob { Write-TestRecord Warning w; 1 } | Wait-Job | Receive-Job")]
    public void Warning_SilencedWhereTheTaskIsMade_IsNotWrittenLater(string script)
    {
        var run = Run(script);

        Assert.Equal([1], run.Output);
        Assert.Empty(run.Warnings);
    }

    [Fact]
    public void Verbose_NotAskedFor_DoesNotArrive()
    {
        var run = Run("1 | Invoke-AsyncMultiple -Pool $p { Write-TestRecord Verbose quiet; Write-TestRecord Debug quiet }");

        Assert.Empty(run.Verbose);
        Assert.Empty(run.Debug);
    }

    [Theory]
    [InlineData("", "-Verbose")]
    [InlineData("$VerbosePreference = 'Continue'", "")]
    public void Verbose_AskedForByTheCaller_Arrives(string before, string parameter) =>
        Assert.Contains("loud", Run($"{before}; 1 | Invoke-AsyncMultiple -Pool $p {parameter} {{ Write-TestRecord Verbose loud }}").Verbose);

    [Fact]
    public void Verbose_OffForTheCallByParameter_DoesNotArrive() =>
        Assert.Empty(Run("$VerbosePreference = 'Continue'; 1 | Invoke-AsyncMultiple -Pool $p -Verbose:$false { Write-TestRecord Verbose quiet }").Verbose);

    [Theory]
    [InlineData("-WarningAction SilentlyContinue")]
    [InlineData("-WarningAction Ignore")]
    public void Warning_SilencedByTheCaller_DoesNotArrive(string parameter) =>
        Assert.Empty(Run($"1 | Invoke-AsyncMultiple -Pool $p {parameter} {{ Write-TestRecord Warning quiet }}").Warnings);

    [Fact]
    public void Warning_ActionStop_EndsTheCall()
    {
        var run = Run("try { 1 | Invoke-AsyncMultiple -Pool $p -WarningAction Stop { Write-TestRecord Warning enough; Wait-TestGate $using:probe never } } catch { 'caught' }");

        Assert.Equal(["caught"], run.Output);
    }

    [Fact]
    public void WarningVariable_HasThem() =>
        Assert.Equal("kept", Run("1 | Invoke-AsyncMultiple -Pool $p -WarningVariable w -WarningAction SilentlyContinue { Write-TestRecord Warning kept } | ForEach-Object { }; \"$w\"").Output[^1]);

    [Fact]
    public void InformationVariable_HasThem() =>
        Assert.Equal("kept", Run("1 | Invoke-AsyncMultiple -Pool $p -InformationVariable i { Write-TestRecord Information kept } | ForEach-Object { }; \"$i\"").Output[^1]);

    [Fact]
    public void Redirection_OfWarnings_MergesThem() =>
        Assert.Equal("merged", Assert.IsType<WarningRecord>(Run("1 | Invoke-AsyncMultiple -Pool $p { Write-TestRecord Warning merged } 3>&1").Output[0]).Message);

    [Fact]
    public void Preference_SetInATask_IsNotSeenByTheNext()
    {
        var run = Run("1, 2 | Invoke-AsyncMultiple -Pool (New-EventLoopPool 1 -ImportModule $tools) -MaxWorkers 1 { if ($_ -eq 1) { $VerbosePreference = 'Continue' } else { Write-TestRecord Verbose quiet } }");

        Assert.Empty(run.Verbose);
    }

    [Fact]
    public void Warning_OfASubmittedTask_ArrivesOnceWhenItIsWaitedFor()
    {
        var run = Run("$t = Submit-AsyncTask -Pool $p { Write-TestRecord Warning kept; 'out' }; $t | Wait-AsyncTask | ForEach-Object { $_.Output }; $t | Receive-AsyncTask");

        Assert.Equal(["out", "out"], run.Output);
        Assert.Equal(["kept"], run.Warnings);
    }

    [Fact]
    public void Warning_OfASubmittedTask_ArrivesWhileItIsWaitedFor()
    {
        using var script = Session.Start("Submit-AsyncTask -Pool $p { Write-TestRecord Warning live; Wait-TestGate $using:probe go } | Wait-AsyncTask");

        Assert.Equal("live", RunningScript.WaitForRecord(script.Streams.Warning).Message);
        Probe.Open("go");
        Assert.True(Assert.Single(script.Wait().Results).Success);
    }

    private void ArrivesLive<T>(string write, Func<PSDataStreams, PSDataCollection<T>> stream, Func<T, string?> text, string parameter = "")
    {
        using var script = Session.Start($"1 | Invoke-AsyncMultiple -Pool $p {parameter} {{ {write}; Wait-TestGate $using:probe go }}");

        Assert.Equal("now", text(RunningScript.WaitForRecord(stream(script.Streams))));
        Assert.False(Probe.IsOpen("go"));
        Probe.Open("go");
        Assert.True(Assert.Single(script.Wait().Results).Success);
    }
}
