namespace AsyncExecutors.Tests.Module;

/// <summary>Tasks that use the cmdlets themselves never deadlock, on whatever pool.</summary>
public sealed class NestingTests : ModuleTest
{
    [Theory]
    [InlineData("Invoke-AsyncTask {0} { Invoke-AsyncTask {0} { Invoke-AsyncTask {0} { 'deep' } } }")]
    [InlineData("(1 | Invoke-AsyncMultiple {0} { (1 | Invoke-AsyncMultiple {0} { (1 | Invoke-AsyncMultiple {0} { 'deep' }).Output }).Output }).Output")]
    [InlineData("Invoke-AsyncTask {0} { Submit-AsyncTask {0} { Submit-AsyncTask {0} { 'deep' } | Receive-AsyncTask } | Receive-AsyncTask }")]
    [InlineData("Invoke-AsyncTask {0} { (Submit-AsyncTask {0} { (Submit-AsyncTask {0} { 'deep' } | Wait-AsyncTask).Output } | Wait-AsyncTask).Output }")]
    [InlineData("Invoke-AsyncTask {0} { Submit-AsyncTask {0} { Submit-AsyncTask {0} { 'deep' } } }")]
    [InlineData("Invoke-AsyncTask {0} { await (Submit-AsyncTask {0} { await (Submit-AsyncTask {0} { 'deep' }) }) }")]
    public void OwnPool_TwoLevelsDeep_DoesNotDeadlock(string script)
    {
        Assert.Equal("deep", One("$p = New-EventLoopPool 1; " + InTasks(script, "-Pool $p", "-Pool $using:p")));
        Assert.Equal("deep", One(InTasks(script, string.Empty, string.Empty)));
    }

    [Fact]
    public void OwnPool_ManyTasksThatEachFanOut_AllEnd() =>
        Assert.Equal(10 * 15, One("""
            $p = New-EventLoopPool 1
            $sum = 0
            1..10 | Invoke-AsyncMultiple -Pool $p { 1..5 | Invoke-AsyncMultiple -Pool $using:p { $_ } | ForEach-Object { $_.Output } } | ForEach-Object { $_.Output } | ForEach-Object { $sum += $_ }
            $sum
            """));

    [Fact]
    public void OwnPool_NamedPool_IsFoundInATask() =>
        Assert.Equal("found", One("$p = New-EventLoopPool 1 -Name mine; Invoke-AsyncTask -Pool $p { Invoke-AsyncTask -Pool (Get-EventLoopPool mine) { 'found' } }"));

    [Fact]
    public void Nested_Streams_ReachTheOutermostCaller() =>
        Assert.Equal(["deep"], Run("$p = New-EventLoopPool 1 -ImportModule $tools; Invoke-AsyncTask -Pool $p { Invoke-AsyncTask -Pool $using:p { Write-TestRecord Warning deep } }").Warnings);

    [Fact]
    public void Nested_Failure_ReachesTheOuterTasksErrors()
    {
        var result = Result("1 | Invoke-AsyncMultiple { Invoke-AsyncTask { throw 'deep' }; 'after' }");

        Assert.Equal(AsyncTaskStatus.Succeeded, result.Status);
        Assert.Equal("after", result.Output);
        Assert.Contains("deep", Assert.Single(result.Errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nested_PipelineStop_StopsAllLevels()
    {
        Run("$global:p = New-EventLoopPool 1 -ImportModule $tools").AssertNoErrors();
        using var script = Session.Start("""
            Invoke-AsyncTask -Pool $p {
                try {
                    Invoke-AsyncTask -Pool $using:p { try { Wait-TestGate $using:probe never } finally { ($using:probe).Hit('finally') } }
                } finally { ($using:probe).Hit('finally') }
            }
            """);
        Probe.WaitForHits("at never", 1);
        script.Stop();

        Probe.WaitForHits("finally", 2);
        Assert.Equal("next", One("Invoke-AsyncTask -Pool $p { 'next' }"));
    }

    [Fact]
    public void Nested_OuterTimeout_StopsTheInnerTask()
    {
        var result = Result("""
            $p = New-EventLoopPool 1 -ImportModule $tools
            1 | Invoke-AsyncMultiple -Pool $p -TaskTimeoutSeconds 0.3 -ErrorAction Ignore {
                Invoke-AsyncTask -Pool $using:p { try { Wait-TestGate $using:probe never } finally { ($using:probe).Hit('finally') } }
            }
            """);

        Assert.Equal(AsyncTaskStatus.TimedOut, result.Status);
        Probe.WaitForHits("finally", 1);
    }

    /// <summary>The inner task needs another loop, as the pool's only one waits for it.</summary>
    [Fact]
    public void Nested_LoopForItCannotBeOpened_FailsWithTheReason()
    {
        var run = Run("""
            $p = New-EventLoopPool 1 -Variable @{ probe = $probe } -InitializationScript { $probe.Hit('init'); if ($probe.Count('init') -gt 1) { throw 'not again' } }
            Invoke-AsyncMultiple -Pool $p { Invoke-AsyncTask -Pool $using:p -ErrorAction Stop { 'inner' } }
            Invoke-AsyncTask -Pool $p { 'next' }
            """);

        Assert.Equal(AsyncTaskStatus.Failed, Assert.Single(run.Results).Status);
        Assert.Contains("not again", run.AssertError("TaskFailed").ToString(), StringComparison.Ordinal);
        Assert.Equal("next", run.Output[^1]);
        Assert.InRange(Probe.Count("init"), 2, 20);
    }

    [Fact]
    public void Nested_PoolMadeInATask_BelongsToTheSession() =>
        Assert.Equal("inner", One("Invoke-AsyncTask { $null = New-EventLoopPool -Name inner }; (Get-EventLoopPool inner).Name"));

    [Fact]
    public void Nested_ForEachParallelInATask_Works() =>
        Assert.Equal([2, 4], Output("Invoke-AsyncTask { $k = 2; 1, 2 | ForEach-Object -Parallel { $_ * $using:k } -ThrottleLimit 1 }"));

    /// <summary>The loop of both waits; the task that it waits for goes on on another.</summary>
    [Theory]
    [InlineData("-Pool $p")]
    [InlineData("")]
    public void Wait_ForATaskThatIsSuspendedOnTheSameLoop_DoesNotDeadlock(string pool) =>
        Assert.Equal("on kept, and on", One($$"""
            $p = New-EventLoopPool 1
            $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 'on')
            $first = Submit-AsyncTask {{pool}} { $x = 'kept'; ($using:probe).Hit('first'); $r = await $using:go; "$r $x" }
            $probe.WaitForHits('first', 1)
            $second = Submit-AsyncTask {{pool}} { ($using:probe).Hit('second'); (Wait-AsyncTask $using:first).Output + ', and on' }
            $probe.WaitForHits('second', 1)
            $probe.Open('go')
            Receive-AsyncTask $second
            """));

    [Fact]
    public void Wait_ForATaskThatMovesToAnotherLoop_DefaultPoolIsAsNewAfterwards() =>
        Assert.Equal(Enumerable.Repeat(string.Empty, 8), Output("""
            $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 'on')
            $first = Submit-AsyncTask { $global:left = 1; ($using:probe).Hit('first'); $r = await $using:go; $global:left = 1 }
            $probe.WaitForHits('first', 1)
            $second = Submit-AsyncTask { $global:left = 1; ($using:probe).Hit('second'); $null = Wait-AsyncTask $using:first }
            $probe.WaitForHits('second', 1)
            $probe.Open('go')
            $null = Wait-AsyncTask $first, $second
            1..8 | ForEach-Object { Invoke-AsyncTask { "$global:left"; $global:left = 1 } }
            """));

    /// <summary>It ends on the other loop without any of its code having run there.</summary>
    [Theory]
    [InlineData("Stop-AsyncTask $first")]
    [InlineData("$probe.Open('go')")]
    public void Wait_ForATaskThatEndsOnAnotherLoop_DefaultPoolIsAsNewAfterwards(string end) =>
        Assert.Equal(Enumerable.Repeat(string.Empty, 8), Output($$"""
            $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 'on')
            $first = Submit-AsyncTask { $global:left = 1; ($using:probe).Hit('first'); try { await $using:go } finally { } }
            $probe.WaitForHits('first', 1)
            $second = Submit-AsyncTask { $global:left = 1; ($using:probe).Hit('second'); $null = Wait-AsyncTask $using:first -ErrorAction Ignore }
            $probe.WaitForHits('second', 1)
            {{end}}
            $null = Wait-AsyncTask $first, $second -ErrorAction Ignore
            1..8 | ForEach-Object { Invoke-AsyncTask { "$global:left"; $global:left = 1 } }
            """));

    private static string InTasks(string script, string outer, string inner)
    {
        var first = script.IndexOf("{0}", StringComparison.Ordinal);
        return string.Concat(script.AsSpan(0, first), outer, script[(first + 3)..].Replace("{0}", inner, StringComparison.Ordinal));
    }
}
