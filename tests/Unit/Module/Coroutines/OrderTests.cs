namespace AsyncExecutors.Tests.Module.Coroutines;

/// <summary>Which of the blocks that wait goes on, when, and what becomes of those that cannot.</summary>
public sealed class OrderTests : ModuleTest
{
    private const string Types = "$awaitables = [AsyncExecutors.Tests.Module.Awaitables]; $source = [System.Threading.Tasks.TaskCompletionSource[string]]; ";

    [Fact]
    public void OfTwoSuspendedBlocks_TheOneWhoseThingEndedFirst_ResumesFirst()
    {
        // Both things end while a third block holds the loop, in the other order than the blocks began to wait.
        var order = Output(Types + """
            $pool = New-EventLoopPool 1 -ImportModule $tools
            $first, $second = $source::new(), $source::new()
            $order = [System.Collections.Generic.List[string]]::new()
            $tasks = @(
                Submit-AsyncTask -Pool $pool { $got = await $using:first.Task; ($using:order).Add($got) }
                Submit-AsyncTask -Pool $pool { $got = await $using:second.Task; ($using:order).Add($got) }
                Submit-AsyncTask -Pool $pool { ($using:probe).Hit('holding'); Wait-TestGate $using:probe hold }
            )
            $probe.WaitForHits('holding', 1)
            $second.SetResult('second')
            $first.SetResult('first')
            $probe.Open('hold')
            $null = Wait-AsyncTask $tasks
            $order
            """);

        Assert.Equal(["second", "first"], order);
    }

    [Fact]
    public void BlocksOfOneLoop_NeverRunAtTheSameTime()
    {
        var count = One("""
            $pool = New-EventLoopPool 1
            $shared = [pscustomobject]@{ Count = 0 }
            $null = 1..20 | Invoke-AsyncMultiple -Pool $pool -MaxWorkers 20 {
                $shared = $using:shared
                foreach ($i in 1..25) {
                    ($using:probe).Enter()
                    $before = $shared.Count
                    foreach ($j in 1..20) { }
                    $shared.Count = $before + 1
                    ($using:probe).Leave()
                    await ([AsyncExecutors.Tests.Module.Awaitables]::Void())
                }
            }
            $shared.Count
            """);

        Assert.Equal(500, count);
        Assert.Equal(1, Probe.Most);
    }

    /// <summary>
    /// PowerShell checks code once, in its syntax tree: loops that did so at the same moment found errors in it. Each round has a
    /// text of its own, for PowerShell remembers the trees of texts.
    /// </summary>
    [Fact]
    public void NewBlock_BegunOnSeveralLoopsAtOnce_RunsOnEach()
    {
        var outputs = Output("""
            $p = New-EventLoopPool 4
            foreach ($round in 1..40) {
                $text = (1..25 | ForEach-Object { "`$a$_ = await `$t; `$b$_ = `$a$_ + $round; foreach (`$x in 1..2) { `$c$_ = `$b$_ + `$x }`n" }) -join ''
                $block = [scriptblock]::Create("`$t = [System.Threading.Tasks.Task]::FromResult(1)`n$text'ok'")
                (1..4 | Invoke-AsyncMultiple -Pool $p $block).Output
            }
            """);

        Assert.Equal(Enumerable.Repeat<object?>("ok", 160), outputs);
    }

    [Fact]
    public void BlockWhoseLocationIsDeletedWhileItWaits_GoesOnInIt()
    {
        var folder = Directory.CreateTempSubdirectory("await [x]");
        Session.Set("folder", folder.FullName);

        var written = Output(Types + """
            $pool = New-EventLoopPool 1
            $go = $source::new()
            $task = Submit-AsyncTask -Pool $pool {
                $path = $ExecutionContext.SessionState.Path
                $null = $path.SetLocation([WildcardPattern]::Escape($using:folder))
                ($using:probe).Hit('waiting')
                await ($using:go).Task
                $path.CurrentLocation.Path
                await ([AsyncExecutors.Tests.Module.Awaitables]::Void())
                $path.GetUnresolvedProviderPathFromPSPath('file')
                $null = $path.SetLocation('..')
                $path.CurrentLocation.Path
            }
            $probe.WaitForHits('waiting', 1)
            [System.IO.Directory]::Delete($folder)
            # Other tasks run in the caller's location meanwhile, and the block's is set again.
            Invoke-AsyncTask -Pool $pool { $ExecutionContext.SessionState.Path.CurrentLocation.Path -eq $using:folder }
            $go.SetResult('go')
            await $task
            """);

        Assert.Equal([false, "go", folder.FullName, Path.Join(folder.FullName, "file"), folder.Parent!.FullName], written);
    }

    [Fact]
    public void SucceededVariable_IsThatOfTheBlock_OnALoopThatWasReset()
    {
        // The default pool is reset between calls, and PowerShell's reset leaves a $? that is always true for dot-sourced code.
        var written = Output("""
            foreach ($i in 1..3) {
                Invoke-AsyncTask {
                    $global:used = 1
                    await ([AsyncExecutors.Tests.Module.Awaitables]::Void())
                    Get-Command no-such-command
                    $?
                    $?
                } 2>$null
            }
            """);

        Assert.Equal([false, true, false, true, false, true], written);
    }

    [Fact]
    public void TrapThatEndsByItself_WhereErrorsAreAskedAbout_FailsForThereIsNobodyToAnswer()
    {
        var errors = Output("""
            foreach ($block in { $null = 1 }, { $null = await ([timespan]::Zero) }) {
                $rest = { $ErrorActionPreference = 'Inquire'; trap { 't' }; [int]::Parse('x'); 'no' }
                $result = 1 | Invoke-AsyncMultiple -ErrorAction Ignore ([scriptblock]::Create("$block; $rest"))
                $result.Output
                $result.Exception.Message
            }
            """);

        Assert.Equal(4, errors.Count);
        Assert.Contains("failed because the host program", (string)errors[1]!, StringComparison.Ordinal);
        Assert.Equal(["t", errors[1]], errors.Skip(2));
    }

    [Theory]
    [InlineData("-TimeoutSeconds 0.3", "", AsyncTaskStatus.TimedOut)]
    [InlineData("", "$probe.WaitForHits('waiting', 1); Stop-AsyncTask $task", AsyncTaskStatus.Stopped)]
    public void StoppedBlock_EndsAtOnce_AndItsFinallyBlocksAwait(string limit, string stop, AsyncTaskStatus status)
    {
        var result = Result(Types + $$"""
            $task = Submit-AsyncTask {{limit}} -Pool (New-EventLoopPool 1) {
                $awaitables = [AsyncExecutors.Tests.Module.Awaitables]
                'before'
                try {
                    try { ($using:probe).Hit('waiting'); await $awaitables::Never(); 'never' }
                    catch { 'not caught' }
                    finally { 'inner'; await $awaitables::ValueTask(7); ($using:probe).Hit('inner') }
                } finally { await $awaitables::Void(); ($using:probe).Hit('outer') }
                'not reached'
            }
            {{stop}}
            $task | Wait-AsyncTask -ErrorAction Ignore
            """);

        Assert.Equal(status, result.Status);
        Assert.Equal([1, 1], [Probe.Count("inner"), Probe.Count("outer")]);
        Assert.Equal(["before", "inner", 7], Assert.IsType<object[]>(result.Output));
    }

    [Fact]
    public void StopThatComesWhenTheCodeBeforeAFinallyBlockEnds_TheFinallyBlockRuns()
    {
        var result = Result(Types + """
            $task = Submit-AsyncTask -Pool (New-EventLoopPool 1) {
                try { ($using:probe).Hit('in'); ($using:probe).Wait('go') }
                finally { 'inner'; await ([AsyncExecutors.Tests.Module.Awaitables]::Void()); 'last' }
            }
            $probe.WaitForHits('in', 1)
            Stop-AsyncTask $task
            $probe.Open('go')
            $task | Wait-AsyncTask -ErrorAction Ignore
            """);

        Assert.Equal(AsyncTaskStatus.Stopped, result.Status);
        Assert.Equal(["inner", "last"], Assert.IsType<object[]>(result.Output));
    }

    [Fact]
    public void CtrlC_EndsASuspendedBlock_AndItsFinallyBlocksRun()
    {
        using var script = Session.Start("""
            Invoke-AsyncTask -Pool (New-EventLoopPool 1) {
                try { ($using:probe).Hit('waiting'); await ([AsyncExecutors.Tests.Module.Awaitables]::Never()) }
                finally { await ([AsyncExecutors.Tests.Module.Awaitables]::Void()); ($using:probe).Hit('finally') }
            }
            """);
        Probe.WaitForHits("waiting", 1);

        script.Stop();

        Probe.WaitForHits("finally", 1);
    }

    [Fact]
    public void FinallyBlock_ThatAwaitsWithoutEnd_IsEndedByTheGracePeriod()
    {
        var result = Result("""
            $pool = New-EventLoopPool 1
            $task = Submit-AsyncTask -Pool $pool {
                try { ($using:probe).Hit('waiting'); await ([AsyncExecutors.Tests.Module.Awaitables]::Never()) }
                finally { ($using:probe).Hit('finally'); await ([AsyncExecutors.Tests.Module.Awaitables]::Never()); ($using:probe).Hit('not reached') }
            }
            $probe.WaitForHits('waiting', 1)
            Stop-AsyncTask $task
            $task | Wait-AsyncTask -ErrorAction Ignore
            """);

        Assert.NotEqual(AsyncTaskStatus.Succeeded, result.Status);
        Assert.Equal([1, 0], [Probe.Count("finally"), Probe.Count("not reached")]);
    }

    [Fact]
    public void TwoBlocksThatWaitForEachOther_AreEndedByTheirTimeouts()
    {
        var run = Run("""
            $pool = New-EventLoopPool 1
            $pair = @{ }
            $pair.A = Submit-AsyncTask -Pool $pool -TimeoutSeconds 0.3 { ($using:probe).Wait('made'); await ($using:pair).B }
            $pair.B = Submit-AsyncTask -Pool $pool -TimeoutSeconds 0.3 { await ($using:pair).A }
            $probe.Open('made')
            $pair.A, $pair.B | Wait-AsyncTask -ErrorAction Ignore
            Invoke-AsyncTask -Pool $pool { 'free' }
            """);

        Assert.Equal(2, run.Results.Count);
        Assert.Contains(run.Results, static result => result.Status == AsyncTaskStatus.TimedOut);
        Assert.Equal("free", run.Output[^1]);
    }

    [Fact]
    public void LeavingThePipeline_EndsAllSuspendedBlocks_AndLeaksNothing()
    {
        var before = ModuleSession.OpenRunspaces;
        var output = Output("""
            $pool = New-EventLoopPool 1
            1..20 | Invoke-AsyncMultiple -Pool $pool -MaxWorkers 20 -StreamOutput {
                ($using:probe).Hit('begun')
                try { if ($_ -eq 20) { await ([AsyncExecutors.Tests.Module.Awaitables]::Void()); return 'first' }; await ([AsyncExecutors.Tests.Module.Awaitables]::Never()) }
                finally { ($using:probe).Hit('finally') }
            } | Select-TestFirst 1
            Stop-EventLoopPool $pool
            """);

        Assert.Equal(["first"], output);
        Assert.Equal(Probe.Count("begun"), Probe.Count("finally"));
        Assert.Equal(before, ModuleSession.OpenRunspaces);
    }

    [Fact]
    public void SuspendedBlockOfTheDefaultPool_KeepsItsState_WhenAnotherCallEnds()
    {
        var output = Output("""
            $task = Submit-AsyncTask {
                $global:mine = 'kept'
                function Get-Mine { "$global:mine $local" }
                $local = 'too'
                ($using:probe).Hit('waiting')
                await ([AsyncExecutors.Tests.Module.Awaitables]::After($using:probe, 'go', 'on'))
                Get-Mine
            }
            $probe.WaitForHits('waiting', 1)
            foreach ($i in 1..3) { Invoke-AsyncTask { $global:other = 1; $i = 2 } }
            $probe.Open('go')
            Receive-AsyncTask $task
            Invoke-AsyncTask { "after: $global:mine" }
            """);

        Assert.Equal(["on", "kept too", "after: "], output);
    }
}
