using System.Diagnostics;
using System.Management.Automation;

namespace AsyncExecutors.Tests.Module;

/// <summary>Ctrl+C, and leaving the pipeline early.</summary>
public sealed class StopTests : ModuleTest
{
    private const string Gated = "try { Wait-TestGate $using:probe never } finally { ($using:probe).Hit('finally') }";

    public StopTests() => Session.Run("$global:p = New-EventLoopPool 3 -ImportModule $tools").AssertNoErrors();

    [Theory]
    [InlineData("1..10 | Invoke-AsyncMultiple -Pool $p -MaxWorkers 3 { " + Gated + " }")]
    [InlineData("1..10 | Invoke-AsyncMultiple -Pool $p -MaxWorkers 3 -Ordered { " + Gated + " }")]
    [InlineData("1..3 | Invoke-AsyncTask -Pool $p { " + Gated + " }")]
    public void PipelineStop_StopsWhatRunsWithinASecond_AndRunsFinally(string text)
    {
        using var script = Session.Start(text);
        Probe.WaitForHits("at never", 3);
        var clock = Stopwatch.StartNew();
        var run = script.Stop();
        Probe.WaitForHits("finally", 3);

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"It took {clock.Elapsed}.");
        Assert.IsAssignableFrom<PipelineStoppedException>(run.Thrown);
        Assert.Empty(run.Results);
        Assert.Equal(3, Probe.Count("at never"));
    }

    [Fact]
    public void PipelineStop_DefaultPool_StopsAllBlocks()
    {
        Session.Run("$global:wait = Get-Command Wait-TestGate").AssertNoErrors();
        using var script = Session.Start("1..5 | Invoke-AsyncMultiple { try { & $using:wait $using:probe never } finally { ($using:probe).Hit('finally') } }");
        Probe.WaitForHits("at never", 5);
        script.Stop();

        Probe.WaitForHits("finally", 5);
        Assert.Equal("next", One("(1 | Invoke-AsyncMultiple { 'next' }).Output"));
    }

    /// <summary>Each <c>finally</c> waits for all the others: were the blocks stopped one after the other, none would end.</summary>
    [Theory]
    [InlineData("Ctrl+C")]
    [InlineData("$tasks | Stop-AsyncTask")]
    [InlineData("Get-EventLoopPool Default | Stop-EventLoopPool -Force -NoWait")]
    public void Stop_OfAHundredBlocks_IsThatOfOne(string stop)
    {
        Session.Run("$global:wait = Get-Command Wait-TestGate").AssertNoErrors();
        const string Block = "{ try { & $using:wait $using:probe never } finally { ($using:probe).Meet('finally', 100) } }";
        using var script = Session.Start(stop == "Ctrl+C"
            ? "1..100 | Invoke-AsyncMultiple -MaxWorkers 100 " + Block
            : $"$null = 1..100 | Invoke-AsyncMultiple -MaxWorkers 100 {{ }}; $tasks = 1..100 | Submit-AsyncTask {Block}; $probe.WaitForHits('at never', 100); {stop}");
        Probe.WaitForHits("at never", 100);
        if (stop == "Ctrl+C")
        {
            script.Stop();
        }

        Probe.WaitForHits("finally", 100);
    }

    /// <summary>PowerShell takes no output from a clean block, but its other streams.</summary>
    [Theory]
    [InlineData("try { Wait-TestGate $using:probe never } finally { Write-TestRecord Warning late; 'late' }", "late")]
    [InlineData("process { Wait-TestGate $using:probe never } clean { Write-TestRecord Warning late }", null)]
    public void Stop_WhatFinallyAndCleanWrite_Arrives(string block, string? output)
    {
        foreach (var script in new[]
        {
            $"1 | Invoke-AsyncMultiple -Pool $p -TaskTimeoutSeconds 0.2 -ErrorAction Ignore {{ {block} }}",
            $"$before = $probe.Count('at never'); $t = Submit-AsyncTask -Pool $p {{ {block} }}; $probe.WaitForHits('at never', $before + 1); $t | Stop-AsyncTask; $t | Wait-AsyncTask -ErrorAction Ignore",
        })
        {
            var run = Run(script);
            Assert.Equal(["late"], run.Warnings);
            Assert.Equal(output, Assert.Single(run.Results).Output);
        }
    }

    [Theory]
    [InlineData("while ($true) { ($using:probe).Hit('at never') }")]
    [InlineData("($using:probe).Hit('at never'); foreach ($i in 1..[int]::MaxValue) { $x = $i }")]
    [InlineData("($using:probe).Hit('at never'); 1..[int]::MaxValue | ForEach-Object { $x = $_ }")]
    public void PipelineStop_EndlessScript_Ends(string body)
    {
        using var script = Session.Start($"1 | Invoke-AsyncMultiple -Pool $p {{ {body} }}");
        Probe.WaitForHits("at never", 1);
        script.Stop();

        Assert.Equal("next", One("(1 | Invoke-AsyncMultiple -Pool $p { 'next' }).Output"));
    }

    [Theory]
    [InlineData("$t | Wait-AsyncTask")]
    [InlineData("$t | Wait-AsyncTask -Any -TimeoutSeconds 25")]
    [InlineData("$t | Receive-AsyncTask")]
    [InlineData("Receive-AsyncTask ([AsyncExecutors.Tests.Module.Awaitables]::Never())")]
    [InlineData("Stop-EventLoopPool $p")]
    public void PipelineStop_WhileWaiting_EndsTheWaitOnly(string wait)
    {
        using var script = Session.Start($"$global:t = Submit-AsyncTask -Pool $p {{ Wait-TestGate $using:probe go; 'out' }}; $probe.Hit('waiting'); {wait}");
        Probe.WaitForHits("waiting", 1);
        Probe.WaitForHits("at go", 1);
        var clock = Stopwatch.StartNew();
        script.Stop();

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"It took {clock.Elapsed}.");
        Probe.Open("go");
        Assert.Equal("out", One("$t | Receive-AsyncTask"));
    }

    [Fact]
    public void PipelineStop_WhileTheInputIsWaitedFor_EndsTheTasks()
    {
        using var script = Session.Start("& { 1; 2; Wait-TestGate $probe never } | Invoke-AsyncMultiple -Pool $p { try { Wait-TestGate $using:probe other } finally { ($using:probe).Hit('finally') } }");
        Probe.WaitForHits("at never", 1);
        Probe.WaitForHits("at other", 2);
        script.Stop();

        Probe.WaitForHits("finally", 2);
    }

    [Fact]
    public void PipelineStop_Twice_ThenTheSessionWorksOn()
    {
        for (var i = 1; i <= 3; i++)
        {
            using var script = Session.Start("1..3 | Invoke-AsyncMultiple -Pool $p { " + Gated + " }");
            Probe.WaitForHits("at never", 3 * i);
            script.Stop();
            Probe.WaitForHits("finally", 3 * i);
        }

        Assert.Equal(100, One("(1..100 | Invoke-AsyncMultiple -Pool $p { $_ }).Output.Count"));
    }

    [Theory]
    [InlineData("{0} | Select-TestFirst 1")]
    [InlineData("foreach ($once in 1) { {0} | ForEach-Object { $_; break } }")]
    [InlineData("try { {0} | ForEach-Object { $_; throw 'enough' } } catch { }")]
    public void LeavingEarly_StopsTheOthersAndTakesNoMoreInput(string shape)
    {
        var run = Run(shape.Replace(
            "{0}",
            "1..1000 | ForEach-Object { $probe.Hit('in'); $_ } | Invoke-AsyncMultiple -Pool $p -MaxWorkers 3 { if ($_ -eq 1) { ($using:probe).WaitForHits('at never', 2); return 'first' }; " + Gated + " }",
            StringComparison.Ordinal));

        Assert.Equal("first", Assert.Single(run.Results).Output);
        Probe.WaitForHits("finally", 2);
        Assert.InRange(Probe.Count("in"), 3, 100);
    }

    [Fact]
    public void LeavingEarly_OfInvokeAsyncTask_StopsTheOthers()
    {
        var run = Run("1..3 | Invoke-AsyncTask -Pool $p { if ($_ -eq 1) { return ($using:probe).WaitForHits('at never', 2), 'first' }; " + Gated + " } | Select-TestFirst");

        Assert.Single(run.Output);
        Probe.WaitForHits("finally", 2);
    }

    [Fact]
    public void LeavingEarly_OfSubmit_LeavesWhatWasSubmitted() =>
        Assert.Equal("ran", One("$t = 1..3 | Submit-AsyncTask -Pool $p { 'ran' } | Select-TestFirst; $t | Receive-AsyncTask"));

    [Fact]
    public void SessionCloses_WhileTasksRun_StopsThem()
    {
        Run("$t = 1..3 | Submit-AsyncTask -Pool $p { " + Gated + " }").AssertNoErrors();
        Probe.WaitForHits("at never", 3);
        Session.Dispose();

        Probe.WaitForHits("finally", 3);
    }

    [Fact]
    public void ModuleRemoved_WhileTasksRun_StopsThem()
    {
        Run("$t = 1..3 | Submit-AsyncTask -Pool $p { " + Gated + " }").AssertNoErrors();
        Probe.WaitForHits("at never", 3);
        Run("Remove-Module AsyncExecutors").AssertNoErrors();

        Probe.WaitForHits("finally", 3);
    }
}
