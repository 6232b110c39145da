using System.Diagnostics;

namespace AsyncExecutors.Tests.Module;

/// <summary>Tasks that write faster than the pipeline takes it.</summary>
public sealed class BackPressureTests : ModuleTest
{
    private const string Writer = "foreach ($i in 1..20000) { ($using:probe).Hit('written'); $i }";

    public BackPressureTests() => Session.Run("$global:p = New-EventLoopPool 3 -ImportModule $tools").AssertNoErrors();

    [Theory]
    [InlineData("")]
    [InlineData("[System.Threading.Tasks.Task]::Delay(1)")]
    public void SlowConsumer_TheBlockWaits_AndEverythingComes(string before)
    {
        using var script = Session.Start($"1 | Invoke-AsyncMultiple -StreamOutput -Pool $p {{ {before}; {Writer} }} | ForEach-Object {{ if (-not $probe.IsOpen('go')) {{ $probe.Hit('taken'); $probe.Wait('go') }}; $n++ }} -End {{ $n }}");
        Probe.WaitForHits("taken", 1);
        AssertTheBlockWaits(atLeast: 2);
        Probe.Open("go");
        Assert.Equal([20000], script.Wait().Output);
    }

    [Fact]
    public void Ordered_LaterTasksWaitForTheFirst()
    {
        using var script = Session.Start("1..3 | Invoke-AsyncMultiple -StreamOutput -Ordered -Pool $p { if ($_ -eq 1) { Wait-TestGate $using:probe go } else { " + Writer + " } } | ForEach-Object { $n++ } -End { $n }");
        Probe.WaitForHits("written", 200);
        AssertTheBlockWaits(atLeast: 200);
        Probe.Open("go");

        Assert.Equal([40000], script.Wait().Output);
    }

    [Fact]
    public void BehindAnAwaitable_TheBlockWaits()
    {
        using var script = Session.Start("1 | Invoke-AsyncMultiple -StreamOutput -Pool $p { [AsyncExecutors.Tests.Module.Awaitables]::After($using:probe, 'go', 'a'); " + Writer + " } | ForEach-Object { $n++ } -End { $n }");
        Probe.WaitForHits("written", 200);
        AssertTheBlockWaits(atLeast: 200);
        Probe.Open("go");

        Assert.Equal([20001], script.Wait().Output);
    }

    [Fact]
    public void Warnings_WaitToo()
    {
        using var script = Session.Start("1 | Invoke-AsyncMultiple -StreamOutput -Pool $p { foreach ($i in 1..20000) { ($using:probe).Hit('written'); Write-TestRecord Warning $i } } 3>&1 | ForEach-Object { if (-not $probe.IsOpen('go')) { $probe.Hit('taken'); $probe.Wait('go') }; $n++ } -End { $n }");
        Probe.WaitForHits("taken", 1);
        AssertTheBlockWaits(atLeast: 2);
        Probe.Open("go");

        Assert.Equal([20000], script.Wait().Output);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-Ordered")]
    public void PipelineStop_EndsABlockThatWaits(string ordered)
    {
        using var script = Session.Start($"1, 2 | Invoke-AsyncMultiple -StreamOutput {ordered} -Pool $p {{ try {{ ($using:probe).Meet('begun', 2); {Writer} }} finally {{ ($using:probe).Hit('finally') }} }} | ForEach-Object {{ $probe.Hit('taken'); Wait-TestGate $probe never }}");
        Probe.WaitForHits("taken", 1);
        Probe.WaitForHits("written", 300);
        var clock = Stopwatch.StartNew();
        script.Stop();

        Probe.WaitForHits("finally", 2);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"It took {clock.Elapsed}.");
    }

    [Theory]
    [InlineData("-TaskTimeoutSeconds 0.5")]
    [InlineData("-TimeoutSeconds 0.5")]
    public void Timeout_EndsABlockThatWaits_AndWhatItWroteComesOnce(string limit)
    {
        var run = Run($"1 | Invoke-AsyncMultiple -StreamOutput {limit} -Pool $p {{ try {{ {Writer} }} finally {{ ($using:probe).Hit('finally') }} }} | ForEach-Object {{ if ($_ -eq 1) {{ $probe.WaitForHits('finally', 1) }}; $_ }}");

        run.AssertError("TaskTimedOut");
        Assert.InRange(run.Output.Count, 1000, 5000);
        Assert.Equal(Enumerable.Range(1, run.Output.Count).Cast<object?>(), run.Output);
    }

    [Fact]
    public void EndlessSequence_FirstIsEnough_Ends() =>
        Assert.Equal([1], Output("1 | Invoke-AsyncMultiple -StreamOutput -Pool $p { [System.Linq.Enumerable]::Repeat(1, [int]::MaxValue) } | Select-TestFirst"));

    [Fact]
    public void EndlessWriter_InputIsStillTaken()
    {
        var run = Run("1, 2 | Invoke-AsyncMultiple -StreamOutput -Pool $p { if ($_ -eq 2) { ($using:probe).Open('two') } else { while (-not ($using:probe).IsOpen('two')) { 1 } } } | ForEach-Object { }");

        run.AssertNoErrors();
    }

    [Fact]
    public void ConsumerThatNeedsTheSamePool_GetsALoop() =>
        Assert.Equal(3000, One("""
            $one = New-EventLoopPool 1
            1 | Invoke-AsyncMultiple -StreamOutput -Pool $one { 1..3000 } |
                ForEach-Object { if ($_ -eq 1) { $null = Invoke-AsyncTask -Pool $one { 'served' } }; $n++ } -End { $n }
            """));

    [Theory]
    [InlineData("await $task")]
    [InlineData("$task.Future.Wait()")]
    public void ConsumerThatWaitsForATaskSuspendedOnTheWritersLoop_BothGoOn(string wait) =>
        Assert.Equal(2000, One($$"""
            $one = New-EventLoopPool 1
            $task = Submit-AsyncTask -Pool $one { $null = await ([AsyncExecutors.Tests.Module.Awaitables]::After($using:probe, 'go', 'x')) }
            1 | Invoke-AsyncMultiple -StreamOutput -Pool $one { 1..2000 } |
                ForEach-Object { if ($_ -eq 1) { $probe.Open('go'); {{wait}} }; $n++ } -End { $n }
            """));

    [Fact]
    public void CallInsideATask_StreamsToo() =>
        Assert.Equal(6000, One("1..2 | Invoke-AsyncMultiple -StreamOutput -Pool $p { 1..3 | Invoke-AsyncMultiple -StreamOutput { 1..1000 } } | ForEach-Object { $n++ } -End { $n }"));

    [Fact]
    public void Ordered_LaterTaskOnTheLoopOfTheFirst_DoesNotHoldItUp() =>
        Assert.Equal(3001, One("""
            1, 2 | Invoke-AsyncMultiple -StreamOutput -Ordered -Pool (New-EventLoopPool 1) {
                if ($_ -eq 1) { $null = await ([AsyncExecutors.Tests.Module.Awaitables]::After($using:probe, 'written', 'x')); 'first' }
                else { foreach ($i in 1..3000) { $i; if ($i -eq 2000) { ($using:probe).Open('written') } } }
            } | ForEach-Object { $n++ } -End { $n }
            """));

    [Fact]
    public void SuspendingBlocks_SlowConsumer_EverythingComes() =>
        Assert.Equal(20000, One("1..10 | Invoke-AsyncMultiple -StreamOutput -Pool (New-EventLoopPool 1) { await ([AsyncExecutors.Tests.Module.Awaitables]::Void()); 1..1000; await ([AsyncExecutors.Tests.Module.Awaitables]::Void()); 1..1000 } | ForEach-Object { $n++; if ($n % 1000 -eq 0) { [System.Threading.Thread]::Sleep(1) } } -End { $n }"));

    /// <summary>Nothing may come now: a block that does not wait would have written all 20,000 by the end of this.</summary>
    private void AssertTheBlockWaits(int atLeast)
    {
        Thread.Sleep(300);
        Assert.InRange(Probe.Count("written"), atLeast, 5000);
    }
}
