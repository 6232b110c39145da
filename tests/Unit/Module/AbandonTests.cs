using System.Diagnostics;

namespace AsyncExecutors.Tests.Module;

/// <summary>Code that cannot be stopped: it is left behind, and nobody waits for it.</summary>
public sealed class AbandonTests : ModuleTest
{
    // A .NET call that knows nothing of pipelines; the end of the test lets it go.
    private const string Stuck = "($using:probe).Hit('stuck'); ($using:probe).Wait('never')";

    [Theory]
    [InlineData("-Pool (New-EventLoopPool)")]
    [InlineData("")]
    public void TaskTimeout_CodeThatNeverReturns_EndsTimedOutAllTheSame(string pool)
    {
        Run($"Invoke-AsyncTask {pool} {{ }}").AssertNoErrors();
        var clock = Stopwatch.StartNew();
        var result = Result($"1 | Invoke-AsyncMultiple {pool} -TaskTimeoutSeconds 0.2 {{ 'before'; {Stuck} }}");

        Assert.Equal(AsyncTaskStatus.TimedOut, result.Status);
        Assert.IsType<TimeoutException>(result.Exception);
        Assert.Equal("before", result.Output);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(3), $"It took {clock.Elapsed}.");
    }

    /// <summary>
    /// PowerShell takes seconds to leave so deep a recursion, and half a minute at its limit, and heeds no stop meanwhile:
    /// it is like any code that does not return.
    /// </summary>
    [Theory]
    [InlineData("-TaskTimeoutSeconds 1")]
    [InlineData("-TimeoutSeconds 1")]
    public void Timeout_DeepRecursion_EndsWithinTheGracePeriod(string timeout)
    {
        Run("$global:p = New-EventLoopPool 1").AssertNoErrors();
        var clock = Stopwatch.StartNew();
        var result = Result($"1 | Invoke-AsyncMultiple -Pool $p {timeout} {{ 'before'; function f($n) {{ if ($n -eq 3000) {{ while ($true) {{ }} }}; f ($n + 1) }}; f 0 }}");

        Assert.Equal(AsyncTaskStatus.TimedOut, result.Status);
        Assert.Equal("before", result.Output);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(4), $"It took {clock.Elapsed}.");
        Assert.Equal("next", One("Invoke-AsyncTask -Pool $p { 'next' }"));

        // Its thread computes until then, and would take the time of the tests that come next.
        var pool = (EventLoopPool)Output("$global:p").Single()!;
        Assert.True(SpinWait.SpinUntil(() => pool.AbandonedCount == 0, TimeSpan.FromMinutes(1)), "The recursion is not left.");
    }

    /// <summary>Code that does not end keeps them from the thread; they have their time on the loop that takes its place.</summary>
    [Theory]
    [InlineData("Stop-EventLoopPool $p -Force")]
    [InlineData("$all | Stop-AsyncTask")]
    public void Abandoned_OthersOnTheLoopAreStoppedToo_TheirFinallyBlocksRun(string stop)
    {
        var run = Run($$"""
            $p = New-EventLoopPool 1
            $all = @(1..5 | Submit-AsyncTask -Pool $p { try { ($using:probe).Hit('waiting'); Start-Sleep 600 } finally { await ([timespan]'0:0:0.01'); "finally $_" } })
            $probe.WaitForHits('waiting', 5)
            $all += Submit-AsyncTask -Pool $p { {{Stuck}} }
            $probe.WaitForHits('stuck', 1)
            {{stop}}
            $null = $all | Wait-AsyncTask -ErrorAction Ignore
            $all.Result
            """);

        run.AssertNoErrors();
        Assert.Equal([.. Enumerable.Repeat(AsyncTaskStatus.Stopped, 5), AsyncTaskStatus.Abandoned], run.Results.Select(static result => result.Status));
        Assert.Equal(["finally 1", "finally 2", "finally 3", "finally 4", "finally 5", null], run.Results.Select(static result => result.Output));
    }

    [Fact]
    public void Abandoned_PoolServesOn_WithAFreshLoopAndItsSettings()
    {
        Run($"$global:p = New-EventLoopPool 1 -Variable @{{ known = 'yes' }}; $null = 1 | Invoke-AsyncMultiple -Pool $p -TaskTimeoutSeconds 0.2 -ErrorAction Ignore {{ {Stuck} }}").AssertNoErrors();

        Assert.Equal(["yes", 1, 1, 0], Output("Invoke-AsyncTask -Pool $p { $known }; $p.AbandonedCount; @($p.EventLoops).Count; $p.PendingCount"));
    }

    [Fact]
    public void Abandoned_QueuedWork_MovesToTheFreshLoop()
    {
        var run = Run($$"""
            $p = New-EventLoopPool 1
            $stuck = Submit-AsyncTask -Pool $p -TimeoutSeconds 0.2 { {{Stuck}} }
            $probe.WaitForHits('stuck', 1)
            $t = 1..20 | Submit-AsyncTask -Pool $p { $_ }
            $t | Receive-AsyncTask
            ($stuck | Wait-AsyncTask -ErrorAction Ignore).Status
            """);

        run.AssertNoErrors();
        Assert.Equal(Enumerable.Range(1, 20).Cast<object>(), run.Output.SkipLast(1));
        Assert.Equal(AsyncTaskStatus.TimedOut, run.Output[^1]);
    }

    [Fact]
    public void Abandoned_TasksThatAwaitOnTheLoop_StillEnd()
    {
        var run = Run($$"""
            $p = New-EventLoopPool 1
            $waiting = Submit-AsyncTask -Pool $p { ($using:probe).Hit('begun'); [AsyncExecutors.Tests.Module.Awaitables]::After($using:probe, 'go', 'out') }
            $probe.WaitForHits('begun', 1)
            $null = 1 | Invoke-AsyncMultiple -Pool $p -TaskTimeoutSeconds 0.2 -ErrorAction Ignore { {{Stuck}} }
            $probe.Open('go')
            $waiting | Receive-AsyncTask
            """);

        run.AssertNoErrors();
        Assert.Equal(["out"], run.Output);
    }

    [Fact]
    public void StopTask_CodeThatNeverReturns_EndsAbandoned()
    {
        Run($"$global:p = New-EventLoopPool 1; $global:t = Submit-AsyncTask -Pool $p {{ {Stuck} }}").AssertNoErrors();
        Probe.WaitForHits("stuck", 1);
        var run = Run("$t | Stop-AsyncTask; $t | Wait-AsyncTask");

        Assert.Equal(AsyncTaskStatus.Abandoned, Assert.Single(run.Results).Status);
        run.AssertError("TaskAbandoned");
        Assert.Equal("next", One("Invoke-AsyncTask -Pool $p { 'next' }"));
    }

    [Fact]
    public void PipelineStop_CodeThatNeverReturns_DoesNotHoldTheCaller()
    {
        using var script = Session.Start($"1..3 | Invoke-AsyncMultiple {{ {Stuck} }}");
        Probe.WaitForHits("stuck", 3);
        var clock = Stopwatch.StartNew();
        script.Stop();

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"It took {clock.Elapsed}.");
        Assert.Equal("next", One("Invoke-AsyncTask { 'next' }"));
    }

    [Fact]
    public void StopPool_Force_CodeThatNeverReturns_ReturnsAllTheSame()
    {
        Run($"$global:p = New-EventLoopPool 1; $global:t = Submit-AsyncTask -Pool $p {{ {Stuck} }}").AssertNoErrors();
        Probe.WaitForHits("stuck", 1);
        Run("$p | Stop-EventLoopPool -Force").AssertNoErrors();

        Assert.NotNull(One("($t | Wait-AsyncTask -ErrorAction Ignore).Status"));
    }

    [Fact]
    public void Abandoned_CodeThatReturnsAfterAll_LeavesNoRunspaceAndNoThread()
    {
        var before = ModuleSession.OpenRunspaces;
        Run("$global:p = New-EventLoopPool 1").AssertNoErrors();
        var thread = ((EventLoopPool)One("$p")!).EventLoops[0].Thread;
        Run($"$null = 1 | Invoke-AsyncMultiple -Pool $p -TaskTimeoutSeconds 0.2 -ErrorAction Ignore {{ {Stuck} }}").AssertNoErrors();
        Probe.Open("never");

        Assert.True(thread.Join(Probe.Limit), "The abandoned thread still runs.");
        Assert.Equal(0, One("$p.AbandonedCount"));
        Run("$p | Stop-EventLoopPool").AssertNoErrors();
        Assert.Equal(before, ModuleSession.OpenRunspaces);
    }

    [Fact]
    public void Abandoned_WhatItStillWrites_ReachesNobody()
    {
        Run("$global:p = New-EventLoopPool 1 -ImportModule $tools").AssertNoErrors();
        var result = Result("1 | Invoke-AsyncMultiple -Pool $p -TaskTimeoutSeconds 0.2 -ErrorAction Ignore { try { ($using:probe).Wait('never') } finally { Write-TestRecord Warning late; 'late'; ($using:probe).Open('late') } }");
        var output = result.Output;
        Probe.Open("never");
        Probe.Wait("late");

        Assert.Equal(output, result.Output);
        Assert.Empty(Run("Invoke-AsyncTask -Pool $p { }").Warnings);
    }

    [Fact]
    public void Abandoned_TooMany_ThePoolRefusesMore_UntilTheyReturn()
    {
        Run($"$r = 1..64 | Invoke-AsyncMultiple -MaxWorkers 64 -TaskTimeoutSeconds 0.1 -ErrorAction Ignore {{ {Stuck} }}").AssertNoErrors();
        Assert.Equal(64, One("(Get-EventLoopPool Default).AbandonedCount"));
        foreach (var call in new[] { "1..3 | Invoke-AsyncMultiple { $_ }", "Invoke-AsyncTask { 1 }", "Submit-AsyncTask { 1 }", "ConvertFrom-AsyncEnumerable ([AsyncExecutors.Tests.Module.Sequences]::Count($probe, 1))" })
        {
            var run = Run(call);
            var error = run.AssertError("TooManyAbandonedThreads");
            Assert.Equal(System.Management.Automation.ErrorCategory.LimitsExceeded, error.CategoryInfo.Category);
            Assert.Contains("64", error.ToString(), StringComparison.Ordinal);
            Assert.Empty(run.Output);
        }

        Assert.Equal("other", One("Invoke-AsyncTask -Pool (New-EventLoopPool) { 'other' }"));
        Probe.Open("never");
        Assert.True(SpinWait.SpinUntil(() => One("(Get-EventLoopPool Default).AbandonedCount") is 0, Probe.Limit), "An abandoned thread still runs.");
        Assert.Equal("again", One("Invoke-AsyncTask { 'again' }"));
    }

    [Fact]
    public void Abandoned_CodeThatReturnsAfterAll_DisposesItsRunspaceWhileThePoolServes()
    {
        Run("$global:p = New-EventLoopPool 1").AssertNoErrors();
        var before = ModuleSession.OpenRunspaces;
        Run($"$null = 1 | Invoke-AsyncMultiple -Pool $p -TaskTimeoutSeconds 0.1 -ErrorAction Ignore {{ {Stuck} }}; Invoke-AsyncTask -Pool $p {{ }}").AssertNoErrors();
        Assert.Equal(before.Count + 1, ModuleSession.OpenRunspaces.Count);
        Probe.Open("never");

        Assert.True(SpinWait.SpinUntil(() => ModuleSession.OpenRunspaces.Count == before.Count, Probe.Limit), "The runspace is still open.");
        Assert.DoesNotContain(before[^1], ModuleSession.OpenRunspaces);
    }
}
