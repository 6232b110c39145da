namespace AsyncExecutors.Tests.Module;

/// <summary>How many tasks run at once, how input is taken and in which order results come.</summary>
public sealed class FanOutTests : ModuleTest
{
    [Fact]
    public void Input_IsTakenLazily_BoundedByWhatIsInFlight()
    {
        Session.Run("$global:p = New-EventLoopPool 4 -ImportModule $tools").AssertNoErrors();
        using var script = Session.Start("1..10000 | ForEach-Object { $probe.Hit('in'); $_ } | Invoke-AsyncMultiple -Pool $p -MaxWorkers 4 { Wait-TestGate $using:probe go } | ForEach-Object { }");
        Probe.WaitForHits("at go", 4);

        // Nothing may come now; a wrong input would come at once.
        Thread.Sleep(300);
        Assert.InRange(Probe.Count("in"), 4, 6);
        Assert.Equal(4, Probe.Count("at go"));
        Probe.Open("go");
        script.Wait().AssertNoErrors();
        Assert.Equal(10000, Probe.Count("in"));
    }

    [Fact]
    public void Input_WhenTasksEndFast_RunsAheadByASmallBoundOnly()
    {
        Run("""
            $p = New-EventLoopPool 2
            1..20000 | ForEach-Object { $probe.Hit('in'); $_ } | Invoke-AsyncMultiple -Pool $p -MaxWorkers 2 { $_ } |
                ForEach-Object { $ahead = $probe.Count('in') - (++$done); if ($ahead -gt $most) { $most = $ahead } } -End { $global:most = $most }
            """).AssertNoErrors();

        // What may run, 64 ahead, and the one at hand.
        Assert.InRange((int)Session.Get("most")!, 0, 2 + 64 + 1);
    }

    /// <summary>Tasks that take longer than the pipeline's thread to wake.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Input_WhenTasksTakeTime_DoesNotRunAhead(int workers)
    {
        Run($$"""
            $p = New-EventLoopPool 2
            1..20 | ForEach-Object { $probe.Hit('in'); $_ } | Invoke-AsyncMultiple -Pool $p -MaxWorkers {{workers}} { [System.Threading.Thread]::Sleep(20) } |
                ForEach-Object { $ahead = $probe.Count('in') - (++$done); if ($ahead -gt $most) { $most = $ahead } } -End { $global:most = $most }
            """).AssertNoErrors();

        Assert.InRange((int)Session.Get("most")!, 1, workers + 1);
    }

    [Fact]
    public void Input_Pauses_WhatHasEndedIsHandedOnBefore()
    {
        var run = Run("""
            $p = New-EventLoopPool 2
            & { 1..3000; $probe.WaitForHits('ran', 3000); 'last'; $probe.WaitForHits('handed on', 3000) } |
                Invoke-AsyncMultiple -Pool $p -MaxWorkers 2 { ($using:probe).Hit('ran'); $_ } | ForEach-Object { $probe.Hit('handed on') }
            """);
        run.AssertNoErrors();
        Assert.Equal(3001, Probe.Count("handed on"));
    }

    [Fact]
    public void Input_WithOrderedAndAStuckFirstTask_IsBounded()
    {
        Session.Run("$global:p = New-EventLoopPool 2 -ImportModule $tools").AssertNoErrors();
        using var script = Session.Start("1..20000 | ForEach-Object { $probe.Hit('in'); $_ } | Invoke-AsyncMultiple -Pool $p -Ordered -MaxWorkers 4 { if ($_ -eq 1) { Wait-TestGate $using:probe go }; $_ } | ForEach-Object { $_.Output }");
        Probe.WaitForHits("in", 100);
        Thread.Sleep(300);
        Assert.InRange(Probe.Count("in"), 100, 3000);
        Probe.Open("go");

        Assert.Equal(Enumerable.Range(1, 20000).Cast<object?>(), script.Wait().Output);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-Ordered")]
    public void Results_AfterManyFastTasks_ComeEachAsItEnds(string order)
    {
        // The pipeline's thread lets results of fast tasks gather. Here none follows that would have to wake it.
        Session.Run("$global:p = New-EventLoopPool 2 -ImportModule $tools").AssertNoErrors();
        using var script = Session.Start($"1..20000 | Invoke-AsyncMultiple -Pool $p -MaxWorkers 2 {order} {{ if ($_ -gt 3000 -and $_ -le 3020) {{ Wait-TestGate $using:probe \"go $_\" }} }} | ForEach-Object {{ $probe.Hit('out') }}");
        for (var item = 3001; item < 3020; item++)
        {
            Probe.WaitForHits($"at go {item}", 1);
            Probe.WaitForHits("out", item - 1);
            Assert.Equal(item - 1, Probe.Count("out"));

            // Right in every case; with the thread asleep for longer than it lets results gather, it is worth asking.
            Thread.Sleep(5);
            Probe.Open($"go {item}");
        }

        Probe.Open("go 3020");
        script.Wait().AssertNoErrors();
        Assert.Equal(20000, Probe.Count("out"));
    }

    [Theory]
    [InlineData(1, "-Pool (New-EventLoopPool 4)", "[System.Threading.Thread]::Sleep(1)")]
    [InlineData(3, "-Pool (New-EventLoopPool 8)", "[System.Threading.Thread]::Sleep(1)")]
    [InlineData(3, "", "[System.Threading.Thread]::Sleep(1)")]
    [InlineData(2, "-Pool (New-EventLoopPool 8)", "")]
    public void MaxWorkers_BlocksThatRun_IsNeverExceeded(int most, string pool, string body)
    {
        Run($"1..200 | Invoke-AsyncMultiple {pool} -MaxWorkers {most} {{ ($using:probe).Enter(); {body}; ($using:probe).Leave() }}").AssertNoErrors();

        Assert.InRange(Probe.Most, 1, most);
    }

    [Fact]
    public void MaxWorkers_TasksThatAwait_IsNeverExceeded()
    {
        Run("1..200 | Invoke-AsyncMultiple -Pool (New-EventLoopPool 2) -MaxWorkers 5 { [AsyncExecutors.Tests.Module.Awaitables]::EnterAndLeave($using:probe) }").AssertNoErrors();

        Assert.InRange(Probe.Most, 2, 5);
    }

    [Fact]
    public void MaxWorkers_TasksThatAwait_IsReachedOnOneLoop() =>
        Assert.Equal(50, Output("1..50 | Invoke-AsyncMultiple -Pool (New-EventLoopPool 1) -MaxWorkers 50 { [AsyncExecutors.Tests.Module.Awaitables]::Meet($using:probe, 50) }").Count);

    [Theory]
    [InlineData(10, "")]
    [InlineData(6, "-MaxWorkers 6")]
    [InlineData(6, "-ThrottleLimit 6")]
    [InlineData(20, "-MaxWorkers 20")]
    public void DefaultPool_BlocksThatHoldTheirLoop_RunSideBySide(int count, string parameter)
    {
        var run = Run($"1..{count} | Invoke-AsyncMultiple {parameter} {{ ($using:probe).Meet('all', {count}) }}");

        run.AssertNoErrors();
        Assert.Equal(count, run.Results.Count);
    }

    [Fact]
    public void DefaultPool_TasksThatAwait_StayOnFewLoops()
    {
        Run("1..500 | Invoke-AsyncMultiple -MaxWorkers 500 { [System.Threading.Tasks.Task]::Delay(50) }").AssertNoErrors();

        Assert.InRange((int)One("@((Get-EventLoopPool Default).EventLoops).Count")!, 1, 8);
    }

    [Fact]
    public void Pool_Blocks_UseAllItsLoops() =>
        Assert.Equal(3, One("@(1..3 | Invoke-AsyncMultiple -Pool (New-EventLoopPool 3) { ($using:probe).Meet('all', 3); [System.Threading.Thread]::CurrentThread.ManagedThreadId } | ForEach-Object { $_.Output }).Count"));

    [Fact]
    public void Results_WithoutOrdered_ComeAsTasksEnd()
    {
        var outputs = Output("(1..3 | Invoke-AsyncMultiple -Pool (New-EventLoopPool 3) { if ($_ -lt 3) { ($using:probe).Wait(\"ended $($_ + 1)\") }; $_ } | ForEach-Object { $probe.Open(\"ended $($_.Output)\"); $_.Output })");

        Assert.Equal([3, 2, 1], outputs);
    }

    [Fact]
    public void Results_WithOrdered_ComeInTheOrderOfTheInput()
    {
        var outputs = Output("(1..3 | Invoke-AsyncMultiple -Ordered -Pool (New-EventLoopPool 3) { if ($_ -lt 3) { ($using:probe).Wait(\"ended $($_ + 1)\") }; ($using:probe).Open(\"ended $_\"); $_ }).Output");

        Assert.Equal([1, 2, 3], outputs);
    }

    [Fact]
    public void Results_WithOrdered_HaveFailuresAtTheirPlace() =>
        Assert.Equal(
            Enumerable.Range(1, 300).Cast<object?>(),
            Output("1..300 | Invoke-AsyncMultiple -Ordered -Pool (New-EventLoopPool 3) -ErrorAction Ignore { if ($_ % 7 -eq 0) { throw 'no' } } | ForEach-Object { $_.InputObject }"));

    [Fact]
    public void ManyInputs_EachIsOneResult()
    {
        Run("$sum = 0; $n = 0; 1..20000 | Invoke-AsyncMultiple -Pool (New-EventLoopPool 2) { $_ } | ForEach-Object { $sum += $_.Output; $n++ }; $global:sum = $sum; $global:n = $n").AssertNoErrors();

        Assert.Equal(20000, Session.Get("n"));
        Assert.Equal(20000 * 20001 / 2, Session.Get("sum"));
    }

    [Fact]
    public void Chained_Calls_PassResultsOn() =>
        Assert.Equal([11, 21, 31], Output("1..3 | Invoke-AsyncMultiple -Ordered { $_ * 10 } | Invoke-AsyncMultiple -Ordered { $_.Output + 1 } | ForEach-Object { $_.Output }"));

    [Fact]
    public void InputThatFails_EndsTheCallAfterItsTasks()
    {
        var run = Run("try { & { 1; 2; throw 'input' } | Invoke-AsyncMultiple -Pool (New-EventLoopPool) { $_ } } catch { \"caught $_\" }");

        Assert.Equal("caught input", run.Output[^1]);
    }
}
