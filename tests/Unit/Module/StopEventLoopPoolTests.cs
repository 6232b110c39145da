namespace AsyncExecutors.Tests.Module;

/// <summary>Get-EventLoopPool and Stop-EventLoopPool.</summary>
public sealed class StopEventLoopPoolTests : ModuleTest
{
    private const string Pools = "$null = New-EventLoopPool -Name a1; $null = New-EventLoopPool -Name a2; $null = New-EventLoopPool -Name b1; ";

    [Theory]
    [InlineData("Get-EventLoopPool", "a1,a2,b1")]
    [InlineData("Get-EventLoopPool *", "a1,a2,b1")]
    [InlineData("Get-EventLoopPool a*", "a1,a2")]
    [InlineData("Get-EventLoopPool A1", "a1")]
    [InlineData("Get-EventLoopPool a1, b1", "a1,b1")]
    [InlineData("Get-EventLoopPool -Name [ab]1", "a1,b1")]
    [InlineData("'b1', 'a2' | Get-EventLoopPool", "b1,a2")]
    [InlineData("Get-EventLoopPool z*", "")]
    public void Get_ByName_WritesThem(string get, string names) =>
        Assert.Equal(names, One(Pools + $"@({get} | ForEach-Object Name) -join ','"));

    [Fact]
    public void Get_UnknownName_IsOneClearError()
    {
        var run = Run(Pools + "Get-EventLoopPool a1, nope | ForEach-Object Name");

        Assert.Equal("nope", run.AssertError("PoolNotFound").TargetObject);
        Assert.Equal(["a1"], run.Output);
    }

    [Fact]
    public void Get_OfAnotherSession_DoesNotShowThem()
    {
        Run(Pools).AssertNoErrors();
        using var other = new ModuleSession();

        Assert.Empty(other.Run("Get-EventLoopPool").Output);
    }

    [Fact]
    public void Get_DefaultPool_IsShownOnceUsed() =>
        Assert.Equal("Default", One("Invoke-AsyncTask { }; (Get-EventLoopPool).Name"));

    [Theory]
    [InlineData("Stop-EventLoopPool -Name a*", "b1")]
    [InlineData("Stop-EventLoopPool -Name a1, b1", "a2")]
    [InlineData("Get-EventLoopPool | Stop-EventLoopPool", "")]
    [InlineData("Stop-EventLoopPool (Get-EventLoopPool a1)", "a2,b1")]
    [InlineData("Stop-EventLoopPool -Name z*", "a1,a2,b1")]
    [InlineData("Stop-EventLoopPool a1, b1", "a2")]
    [InlineData("Stop-EventLoopPool a*", "b1")]
    [InlineData("'a1', 'b1' | Stop-EventLoopPool", "a2")]
    [InlineData("Stop-EventLoopPool -Name a* -WhatIf", "a1,a2,b1")]
    public void Stop_ByNameOrPool_LeavesTheOthers(string stop, string left) =>
        Assert.Equal(left, One(Pools + stop + "; @(Get-EventLoopPool | ForEach-Object Name) -join ','"));

    [Theory]
    [InlineData("Stop-EventLoopPool -Name nope")]
    [InlineData("Stop-EventLoopPool nope")]
    [InlineData("'nope' | Stop-EventLoopPool")]
    public void Stop_UnknownName_IsOneClearError(string stop) => Run(stop).AssertError("PoolNotFound");

    [Fact]
    public void Stop_WritesNothing() => Assert.Empty(Output(Pools + "Get-EventLoopPool | Stop-EventLoopPool"));

    [Fact]
    public void Stop_Twice_IsFine() => Assert.Empty(Output("$p = New-EventLoopPool; $p | Stop-EventLoopPool; $p | Stop-EventLoopPool; $p | Stop-EventLoopPool -Force"));

    [Fact]
    public void Stop_WaitsForWhatIsPending()
    {
        Run("$global:p = New-EventLoopPool -ImportModule $tools; $global:t = 1..5 | Submit-AsyncTask -Pool $p { Wait-TestGate $using:probe go; $_ }").AssertNoErrors();
        using var script = Session.Start("$probe.Hit('stopping'); Stop-EventLoopPool $p; $p.PendingCount");
        Probe.WaitForHits("stopping", 1);
        Probe.Open("go");

        Assert.Equal([0], script.Wait().Output);
        Assert.Equal([1, 2, 3, 4, 5], Output("$t | Receive-AsyncTask"));
    }

    [Fact]
    public void Stop_NameThatLooksLikeWildcards_FindsThePoolOfThatName() =>
        Assert.Equal(["[x]", true], Output("$p = New-EventLoopPool -Name '[x]'; (Get-EventLoopPool '[x]').Name; Stop-EventLoopPool -Name '[x]'; $p.IsStopped"));

    [Fact]
    public void Stop_SeveralPools_AllRefuseTasksWhileTheFirstIsWaitedFor()
    {
        Run("$global:a, $global:b = 1..2 | ForEach-Object { New-EventLoopPool -ImportModule $tools }; $global:t = Submit-AsyncTask -Pool $a { Wait-TestGate $using:probe go }").AssertNoErrors();
        Probe.WaitForHits("at go", 1);
        var second = Assert.IsType<EventLoopPool>(One("$b"));
        using var script = Session.Start("$a, $b | Stop-EventLoopPool");

        Assert.True(SpinWait.SpinUntil(() => second.IsStopped, Probe.Limit), "The second pool waits for the first.");
        Probe.Open("go");
        script.Wait().AssertNoErrors();
    }

    [Fact]
    public void Stop_Force_StopsWhatIsPending_AndEachTaskHasAResult()
    {
        Run("$global:p = New-EventLoopPool -ImportModule $tools; $global:t = 1..5 | Submit-AsyncTask -Pool $p { try { Wait-TestGate $using:probe never } finally { ($using:probe).Hit('finally') } }").AssertNoErrors();
        Probe.WaitForHits("at never", 1);
        Run("Stop-EventLoopPool $p -Force").AssertNoErrors();

        var results = Run("$t | Wait-AsyncTask -ErrorAction Ignore").Results;
        Assert.Equal(5, results.Count);
        Assert.All(results, static result => Assert.Equal(AsyncTaskStatus.Stopped, result.Status));
        Assert.Equal(1, Probe.Count("finally"));
    }

    /// <summary>A race, which so many rounds are sure to show.</summary>
    [Fact]
    public void Stop_Force_TaskWaitsForAnother_ItsStopIsNoAnswerToGoOnWith()
    {
        var run = Run("""
            foreach ($round in 1..40) {
                $p = New-EventLoopPool 2
                $awaited = Submit-AsyncTask -Pool $p { ($using:probe).Hit('running'); while ($true) { } }
                $waiter = Submit-AsyncTask -Pool $p { ($using:probe).Hit('running'); Wait-AsyncTask $using:awaited -ErrorAction Ignore; ($using:probe).Hit('went on') }
                $probe.WaitForHits('running', 2 * $round)
                Stop-EventLoopPool $p -Force
                $waiter.Result
            }
            """);

        run.AssertNoErrors();
        Assert.All(run.Results, static result => Assert.Equal(AsyncTaskStatus.Stopped, result.Status));
        Assert.Equal(0, Probe.Count("went on"));
    }

    [Fact]
    public void Stop_NoWait_ReturnsAtOnce_AndWhatIsPendingEnds() =>
        Assert.Equal([true, "out"], Output("""
            $p = New-EventLoopPool -ImportModule $tools
            $t = Submit-AsyncTask -Pool $p { Wait-TestGate $using:probe go; 'out' }
            Stop-EventLoopPool $p -NoWait
            $p.IsStopped
            $probe.Open('go')
            $t | Receive-AsyncTask
            """));

    [Theory]
    [InlineData("1, 2 | Invoke-AsyncMultiple -Pool $p { 'ran' }")]
    [InlineData("1, 2 | Submit-AsyncTask -Pool $p { 'ran' }")]
    [InlineData("1, 2 | Invoke-AsyncTask -Pool $p { 'ran' }")]
    [InlineData("ConvertFrom-AsyncEnumerable ([AsyncExecutors.Tests.Module.Sequences]::Mixed()) -Pool $p")]
    public void StoppedPool_Used_IsOneClearError(string use)
    {
        var run = Run("$p = New-EventLoopPool -Name gone; $p | Stop-EventLoopPool; " + use);

        Assert.Contains("gone", run.AssertError("PoolStopped").ToString(), StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void Pool_StoppedDuringACall_LosesNoResult()
    {
        var run = Run("""
            $p = New-EventLoopPool -Name gone
            1..10 | ForEach-Object { if ($_ -eq 5) { $p | Stop-EventLoopPool -NoWait }; $_ } | Invoke-AsyncMultiple -Pool $p -MaxWorkers 2 { $_ }
            """);

        Assert.Null(run.Thrown);
        Assert.Equal(10, run.Results.Count);
        Assert.All(run.Results, static result => Assert.True(result.Status is AsyncTaskStatus.Succeeded or AsyncTaskStatus.Stopped, $"It {result.Status}."));
        Assert.Equal(run.Results.Count(static result => !result.Success), run.Errors.Count);
    }

    [Fact]
    public void DefaultPool_Stopped_IsMadeAnew() =>
        Assert.Equal("ran", One("Invoke-AsyncTask { }; Get-EventLoopPool | Stop-EventLoopPool; Invoke-AsyncTask { 'ran' }"));

    [Theory]
    [InlineData("$null")]
    [InlineData("-Pool 'text'")]
    [InlineData("-Pool 5")]
    public void Stop_NotAPool_IsRefusedByTheBinder(string pool) =>
        Run($"Stop-EventLoopPool {pool}").AssertRefused();

    [Fact]
    public void Stop_FromATaskOfThatPool_DoesNotHang() =>
        Assert.Equal("stopped", One("$p = New-EventLoopPool; Invoke-AsyncTask -Pool $p { Stop-EventLoopPool $using:p; 'stopped' }"));
}
