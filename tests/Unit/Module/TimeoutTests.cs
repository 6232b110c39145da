namespace AsyncExecutors.Tests.Module;

/// <summary>Timeouts: of a task, from its start, and of the whole call.</summary>
public sealed class TimeoutTests : ModuleTest
{
    private const string Pool = "$p = New-EventLoopPool 2 -ImportModule $tools; ";

    [Fact]
    public void TaskTimeout_OneTaskHangs_ItTimesOutAndTheOthersGoOn()
    {
        var run = Run(Pool + "1..5 | Invoke-AsyncMultiple -Pool $p -TaskTimeoutSeconds 0.4 -Ordered { if ($_ -eq 2) { Wait-TestGate $using:probe never }; $_ }");

        Assert.Equal(5, run.Results.Count);
        var result = run.Results[1];
        Assert.Equal(AsyncTaskStatus.TimedOut, result.Status);
        Assert.IsType<TimeoutException>(result.Exception);
        Assert.Null(result.Output);
        Assert.All(run.Results.Where(static result => result.Index != 1), static result => Assert.True(result.Success));
        run.AssertError("TaskTimedOut");
    }

    [Theory]
    [InlineData("1 | Invoke-AsyncMultiple -Pool $p -TaskTimeoutSeconds 1e-9 { Wait-TestGate $using:probe never }")]
    [InlineData("1 | Invoke-AsyncMultiple -Pool $p -TimeoutSeconds 1e-9 { Wait-TestGate $using:probe never }")]
    [InlineData("Submit-AsyncTask -Pool $p -TimeoutSeconds 1e-9 { Wait-TestGate $using:probe never } | Wait-AsyncTask")]
    public void Timeout_ShorterThanTheClockCanTell_IsATimeoutAllTheSame(string script) =>
        Assert.Equal(AsyncTaskStatus.TimedOut, Result(Pool + script).Status);

    [Theory]
    [InlineData("-TaskTimeoutSeconds 0.2 -TimeoutSeconds 600", "did not end within 0.2 s")]
    [InlineData("-TaskTimeoutSeconds 600 -TimeoutSeconds 0.2", "when the time of the whole call was over")]
    [InlineData("-TimeoutSeconds 0.2", "when the time of the whole call was over")]
    public void Timeout_Message_SaysWhichTimeIsOver(string limits, string message) => Assert.Contains(
        message,
        Result(Pool + $"1 | Invoke-AsyncMultiple -Pool $p {limits} {{ Wait-TestGate $using:probe never }}").Exception!.Message,
        StringComparison.Ordinal);

    [Fact]
    public void TaskTimeout_RunsFinallyBlocks()
    {
        Run(Pool + "1 | Invoke-AsyncMultiple -Pool $p -TaskTimeoutSeconds 0.2 { try { Wait-TestGate $using:probe never } finally { ($using:probe).Hit('finally') } }");

        Assert.Equal(1, Probe.Count("finally"));
    }

    [Fact]
    public void TaskTimeout_EndlessScriptLoop_IsStopped()
    {
        var run = Run(Pool + "1 | Invoke-AsyncMultiple -Pool $p -TaskTimeoutSeconds 0.2 { while ($true) { } }; (1 | Invoke-AsyncMultiple -Pool $p { 'next' }).Output");

        Assert.Equal(AsyncTaskStatus.TimedOut, Assert.Single(run.Results).Status);
        Assert.Equal("next", run.Output[^1]);
    }

    [Fact]
    public void TaskTimeout_CannotBeCaughtByTheBlock()
    {
        var result = Result(Pool + "1 | Invoke-AsyncMultiple -Pool $p -TaskTimeoutSeconds 0.2 { try { Wait-TestGate $using:probe never } catch { 'caught' } }");

        Assert.Equal(AsyncTaskStatus.TimedOut, result.Status);
        Assert.Null(result.Output);
    }

    [Fact]
    public void TaskTimeout_TimeInTheQueue_DoesNotCount()
    {
        var run = Run("""
            $p = New-EventLoopPool 1 -ImportModule $tools
            $first = Submit-AsyncTask -Pool $p { Wait-TestGate $using:probe go }
            $second = Submit-AsyncTask -Pool $p -TimeoutSeconds 0.3 { 'in time' }
            [System.Threading.Thread]::Sleep(700)
            $probe.Open('go')
            $second | Receive-AsyncTask
            """);

        run.AssertNoErrors();
        Assert.Equal(["in time"], run.Output);
    }

    [Fact]
    public void TaskTimeout_LoopServesOnAfterManyTimeouts()
    {
        var run = Run("$p = New-EventLoopPool 1 -ImportModule $tools; 1..10 | Invoke-AsyncMultiple -Pool $p -TaskTimeoutSeconds 0.05 -ErrorAction Ignore { Wait-TestGate $using:probe never }; (1..100 | Invoke-AsyncMultiple -Pool $p { $_ }).Output.Count");

        Assert.Equal(10, run.Results.Count(static result => result.Status == AsyncTaskStatus.TimedOut));
        Assert.Equal(100, run.Output[^1]);
    }

    [Theory]
    [InlineData("1 | Invoke-AsyncMultiple -TaskTimeoutSeconds 1e-9 { [AsyncExecutors.Tests.Module.Awaitables]::Never() }")]
    [InlineData("1 | Invoke-AsyncMultiple -TimeoutSeconds 1e-9 { [AsyncExecutors.Tests.Module.Awaitables]::Never() }")]
    public void Timeout_ShorterThanAnyClockKnows_IsALimitAllTheSame(string script) =>
        Assert.Equal(AsyncTaskStatus.TimedOut, Result(script).Status);

    [Fact]
    public void TaskTimeout_Zero_IsNoLimit() =>
        Assert.Equal("done", One("(1 | Invoke-AsyncMultiple -TaskTimeoutSeconds 0 -TimeoutSeconds 0 { [System.Threading.Thread]::Sleep(50); 'done' }).Output"));

    [Fact]
    public void TaskTimeout_TasksThatAwait_AllTimeOutSideBySide()
    {
        var run = Run("1..20 | Invoke-AsyncMultiple -MaxWorkers 20 -TaskTimeoutSeconds 0.3 -ErrorAction Ignore { [AsyncExecutors.Tests.Module.Awaitables]::Never() }");

        Assert.Equal(20, run.Results.Count);
        Assert.All(run.Results, static result => Assert.Equal(AsyncTaskStatus.TimedOut, result.Status));
        Assert.All(run.Results, static result => Assert.True(result.Duration < TimeSpan.FromSeconds(5), $"It took {result.Duration}."));
    }

    [Fact]
    public void CallTimeout_WhatHasNotEnded_EndsAsTimedOut()
    {
        var run = Run(Pool + "1..6 | Invoke-AsyncMultiple -Pool $p -MaxWorkers 2 -TimeoutSeconds 0.5 -Ordered -ErrorAction Ignore { if ($_ -gt 1) { Wait-TestGate $using:probe never }; $_ }");

        Assert.Null(run.Thrown);
        Assert.Equal(6, run.Results.Count);
        Assert.True(run.Results[0].Success);
        Assert.All(run.Results.Skip(1), static result => Assert.Equal(AsyncTaskStatus.TimedOut, result.Status));
        Assert.All(run.Results.Skip(1), static result => Assert.IsType<TimeoutException>(result.Exception));
        Assert.Equal(Enumerable.Range(1, 6).Cast<object>(), run.Results.Select(static result => result.InputObject));
    }

    [Fact]
    public void CallTimeout_EndlessInput_EndsTheCall()
    {
        // What comes after the time is over is not begun.
        var run = Run(Pool + "& { foreach ($i in 1..1000) { $i } } | Invoke-AsyncMultiple -Pool $p -MaxWorkers 2 -TimeoutSeconds 0.3 -ErrorAction Ignore { ($using:probe).Hit('begun'); Wait-TestGate $using:probe never }");

        Assert.Equal(1000, run.Results.Count);
        Assert.Equal(2, Probe.Count("begun"));
    }

    [Fact]
    public void CallTimeout_EndsInTime_HasNoEffect() =>
        Assert.Equal([1, 2, 3], Output("(1..3 | Invoke-AsyncMultiple -TimeoutSeconds 30 -Ordered { $_ }).Output"));

    [Theory]
    [InlineData("Invoke-AsyncTask -TimeoutSeconds 0.2 { 'before'; [AsyncExecutors.Tests.Module.Awaitables]::Never() }")]
    [InlineData("Submit-AsyncTask -TimeoutSeconds 0.2 { 'before'; [AsyncExecutors.Tests.Module.Awaitables]::Never() } | Receive-AsyncTask")]
    public void Timeout_OfOneTask_IsAnErrorAndOutputIsKept(string script)
    {
        var run = Run(script);

        run.AssertError("TaskTimedOut");
        Assert.Equal(["before"], run.Output);
    }
}
