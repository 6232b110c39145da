using System.Management.Automation;

namespace AsyncExecutors.Tests.Module;

/// <summary><c>-ShowProgress</c>: the bar of the call, and the tasks' own below it.</summary>
public sealed class ShowProgressTests : ModuleTest
{
    private const string Gated = "{ if ($_ -eq 2) { throw 'two' }; if ($_ -gt 2) { Wait-TestGate $using:probe go } }";

    public ShowProgressTests() => Session.Run("$global:p = New-EventLoopPool 3 -ImportModule $tools; $global:list = 1..6").AssertNoErrors();

    [Theory]
    [InlineData("$list | Invoke-AsyncMultiple", "2 of 6 ended, 1 failed, 2 running, 2 waiting")]
    [InlineData("1..6 | Invoke-AsyncMultiple", "2 of 6 ended, 1 failed, 2 running, 2 waiting")]
    [InlineData("1, 2, 3, 4, 5, 6 | Invoke-AsyncMultiple -Ordered", "2 of 6 ended, 1 failed, 2 running, 2 waiting")]
    [InlineData("$all = @($list | Invoke-AsyncMultiple -StreamOutput", "2 of 6 ended, 1 failed, 2 running, 2 waiting", ")")]
    [InlineData("1..100 | ForEach-Object { $_ } | Invoke-AsyncMultiple", "2 ended, 1 failed, 2 running, ")]
    public void Bar_SaysWhatHasEndedFailedRunsAndWaits(string call, string status, string end = "")
    {
        using var script = Session.Start($"{call} -ShowProgress -Pool $p -MaxWorkers 2 -ErrorAction Ignore {Gated}{end}");
        var bar = WaitFor(script, record => record.StatusDescription.StartsWith(status, StringComparison.Ordinal));

        Assert.Equal("Invoke-AsyncMultiple", bar.Activity);
        Assert.Equal(-1, bar.ParentActivityId);
        Assert.Equal(status.Contains(" of ", StringComparison.Ordinal) ? 33 : -1, bar.PercentComplete);
        Assert.Equal(status.Contains(" of ", StringComparison.Ordinal), bar.SecondsRemaining >= 0);
        Probe.Open("go");
        script.Wait();
    }

    [Fact]
    public void Bar_OnceAllInputIsTaken_KnowsTheNumber()
    {
        using var script = Session.Start($"$list | ForEach-Object {{ $_ }} | Invoke-AsyncMultiple -ShowProgress -Pool $p -ErrorAction Ignore {Gated}");

        WaitFor(script, static record => record.StatusDescription.StartsWith("2 of 6 ended, 1 failed, 3 running, 1 waiting", StringComparison.Ordinal));
        Probe.Open("go");
        script.Wait();
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("try {{ {0} -ErrorAction Stop }} catch {{ }}")]
    [InlineData("{0} -StreamOutput | Select-TestFirst")]
    public void Bar_AtTheEnd_IsGone(string call)
    {
        var run = Session.Start(call
            .Replace("{0}", "1, 2 | Invoke-AsyncMultiple -ShowProgress -Pool $p { if ($_ -eq 1) { Write-TestRecord Progress copying; ($using:probe).Wait('shown'); 'out'; throw 'no' }; Wait-TestGate $using:probe go }", StringComparison.Ordinal)
            .Replace("{{", "{", StringComparison.Ordinal).Replace("}}", "}", StringComparison.Ordinal));
        using (run)
        {
            WaitFor(run, static record => record.Activity == "Invoke-AsyncMultiple");
            WaitFor(run, static record => record.Activity == "copying");
            Probe.Open("shown");
            Probe.Open("go");
            run.Wait();
            AssertGone(run);
        }
    }

    [Fact]
    public void Bar_AfterAPipelineStop_IsGone()
    {
        using var script = Session.Start("1 | Invoke-AsyncMultiple -ShowProgress -Pool $p { Write-TestRecord Progress copying; Wait-TestGate $using:probe never }");
        WaitFor(script, static record => record.Activity == "Invoke-AsyncMultiple");
        WaitFor(script, static record => record.Activity == "copying");
        script.Stop();

        AssertGone(script);
    }

    [Fact]
    public void ProgressOfTasks_IsBelowTheBar_EachByItself()
    {
        using var script = Session.Start("1, 2 | Invoke-AsyncMultiple -ShowProgress -Pool $p { Write-TestRecord Progress \"task $_\"; Write-TestRecord Progress \"task $_\"; ($using:probe).Meet('written', 3) }");
        var bar = WaitFor(script, static record => record.Activity == "Invoke-AsyncMultiple");
        var one = WaitFor(script, static record => record.Activity == "task 1");
        var two = WaitFor(script, static record => record.Activity == "task 2");
        Probe.Hit("written");
        script.Wait();

        Assert.Equal([bar.ActivityId, bar.ActivityId], [one.ParentActivityId, two.ParentActivityId]);
        Assert.Equal(3, new[] { bar, one, two }.Select(static record => record.ActivityId).Distinct().Count());
        Assert.Equal(50, one.PercentComplete);
        Assert.Equal("half", one.StatusDescription);
        Assert.Equal(2, script.Streams.Progress.ReadAll().Where(static record => record.RecordType == ProgressRecordType.Completed).Count(record => record.Activity.StartsWith("task", StringComparison.Ordinal)));
        AssertGone(script);
    }

    [Fact]
    public void Updates_AreTenASecondAtMost()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        using var script = Session.Start("1..20000 | Invoke-AsyncMultiple -ShowProgress -Pool $p { $_ } | ForEach-Object { }");
        script.Wait().AssertNoErrors();

        Assert.InRange(script.Streams.Progress.Count, 0, (clock.Elapsed.TotalSeconds * 10) + 2);
    }

    [Theory]
    [InlineData("-ProgressAction Ignore", "")]
    [InlineData("-ProgressAction SilentlyContinue", "")]
    [InlineData("", "$ProgressPreference = 'SilentlyContinue'")]
    public void Bar_NotWanted_IsNotShown(string parameter, string before)
    {
        using var script = Session.Start($"{before}; 1 | Invoke-AsyncMultiple -ShowProgress {parameter} -Pool $p {{ Write-TestRecord Progress quiet; Wait-TestGate $using:probe go }}");
        Probe.WaitForHits("at go", 1);
        Thread.Sleep(300);
        Probe.Open("go");
        script.Wait().AssertNoErrors();

        Assert.Empty(script.Streams.Progress);
    }

    [Fact]
    public void CallsInsideTasks_HaveBarsBelowTheirCallersBar()
    {
        using var script = Session.Start("1, 2 | Invoke-AsyncMultiple -ShowProgress -Pool $p { 1 | Invoke-AsyncMultiple -ShowProgress { ($using:probe).Wait('go') } }");
        var outer = WaitFor(script, static record => record.ParentActivityId == -1);
        var inner = WaitFor(script, static record => record.ParentActivityId != -1);
        WaitFor(script, record => record.ParentActivityId == outer.ActivityId && record.ActivityId != inner.ActivityId);
        Probe.Open("go");
        script.Wait().AssertNoErrors();

        AssertGone(script);
    }

    private static ProgressRecord WaitFor(RunningScript script, Func<ProgressRecord, bool> isIt)
    {
        ProgressRecord? found = null;
        Assert.True(
            SpinWait.SpinUntil(() => (found = All(script).FirstOrDefault(isIt)) is not null, Probe.Limit),
            $"There was no such progress, but: {string.Join("; ", All(script).Select(static record => record.ToString()))}");
        return found!;
    }

    // Not by enumerating: that waits for the end of the script.
    private static ProgressRecord[] All(RunningScript script) =>
        [.. Enumerable.Range(0, script.Streams.Progress.Count).Select(i => script.Streams.Progress[i])];

    /// <summary>The last record of each activity says that it has ended.</summary>
    private static void AssertGone(RunningScript script)
    {
        foreach (var activity in All(script).GroupBy(static record => record.ActivityId))
        {
            Assert.True(activity.Last().RecordType == ProgressRecordType.Completed, $"{activity.Last()}; all: {string.Join("; ", All(script).Select(static record => record.ToString()))}");
        }
    }
}
