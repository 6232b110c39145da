namespace AsyncExecutors.Tests.Module.Coroutines;

/// <summary>Blocks that are suspended while their runspace is closed: they go on in the next one.</summary>
public sealed class ClosedRunspaceTests : ModuleTest
{
    private const string Wait = "await $using:go";

    [Fact]
    public void RunspaceIsClosed_BlocksThatWaitGoOnInTheNextOne()
    {
        var run = Run($$"""
            $pool = New-EventLoopPool 1
            $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 'on')
            $waiting = Submit-AsyncTask -Pool $pool { function F { "F$own" }; $own = 1; ($using:probe).Hit('waiting'); {{Wait}}; F }
            $probe.WaitForHits('waiting', 1)
            Submit-AsyncTask -Pool $pool { [runspace]::DefaultRunspace.Close() } | Wait-AsyncTask -ErrorAction Ignore
            $probe.Open('go')
            $waiting | Wait-AsyncTask
            """);

        Assert.Equal(AsyncTaskStatus.Failed, run.Results[0].Status);
        Assert.Equal(["on", "F1"], Assert.IsType<object?[]>(run.Results[1].Output));
    }

    [Fact]
    public void RunspaceIsClosedElsewhere_BlockGoesOnWhereItWas()
    {
        using var folder = new TemporaryFolder();
        Session.Set("folder", folder.Path);
        Session.Set("left", new System.Collections.Concurrent.ConcurrentQueue<object>());
        Assert.Equal([folder.Path, 1], Output($$"""
            $pool = New-EventLoopPool 1
            $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 'on')
            $waiting = Submit-AsyncTask -Pool $pool {
                $null = $ExecutionContext.SessionState.Path.SetLocation($using:folder)
                try { throw 'x' } catch { }
                ($using:left).Enqueue([runspace]::DefaultRunspace)
                ($using:probe).Hit('waiting')
                $null = {{Wait}}
                "$pwd"
                $Error.Count
            }
            $probe.WaitForHits('waiting', 1)

            # When another one has run, the block waits: a piece that still ran would be stopped.
            $null = Submit-AsyncTask -Pool $pool { } | Wait-AsyncTask
            $runspace = $null
            $null = $left.TryDequeue([ref] $runspace)
            $runspace.Close()
            $probe.Open('go')
            $waiting | Receive-AsyncTask
            """));
    }

    [Fact]
    public void RunspacesAreClosed_ABlockThatHasMovedOnKeepsNone()
    {
        const int Moves = 3;
        Run($$"""
            $global:left = [System.Collections.Concurrent.ConcurrentQueue[System.WeakReference]]::new()
            $pool = New-EventLoopPool 1
            $gates = 1..{{Moves}} | ForEach-Object { [AsyncExecutors.Tests.Module.Awaitables]::After($probe, "go $_", 'on') }
            $end = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'end', 'on')
            $global:moving = Submit-AsyncTask -Pool $pool {
                $code = { 'its code' }
                $table = @{ code = $code }
                function Get-Code { $code }
                foreach ($gate in $using:gates) { ($using:probe).Hit('waiting'); $null = await $gate; $list = @($table, (Get-Command Get-Code)) }
                ($using:probe).Hit('waiting')
                $null = await $using:end
                & $list[0].code
            }
            foreach ($i in 1..{{Moves}}) {
                $probe.WaitForHits('waiting', $i)
                Submit-AsyncTask -Pool $pool { ($using:left).Enqueue([runspace]::DefaultRunspace); [runspace]::DefaultRunspace.Close() } | Wait-AsyncTask -ErrorAction Ignore
                $probe.Open("go $i")
            }
            $probe.WaitForHits('waiting', {{Moves}} + 1)
            """);
        var left = (System.Collections.Concurrent.ConcurrentQueue<WeakReference>)Session.Get("left")!;
        Assert.Equal(Moves, left.Count);
        Assert.All(left, static runspace => Assert.True(Garbage.Collects(runspace), "A runspace is kept."));
        Probe.Open("end");
        Assert.Equal(["its code"], Output("$moving | Receive-AsyncTask"));
    }
}
