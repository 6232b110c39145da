namespace AsyncExecutors.Tests.Module;

/// <summary>After whatever ends a call or a pool, runspaces and loop threads are back to where they were.</summary>
public sealed class LeakTests : ModuleTest
{
    private const string Gated = "{ Wait-TestGate $using:probe never }";

    [Theory]
    [InlineData("$p | Stop-EventLoopPool")]
    [InlineData("1..50 | Invoke-AsyncMultiple -Pool $p { $_ }; $p | Stop-EventLoopPool")]
    [InlineData("1..3 | Invoke-AsyncMultiple -Pool $p { throw 'no' } -ErrorAction Ignore; $p | Stop-EventLoopPool")]
    [InlineData("1..6 | Invoke-AsyncMultiple -Pool $p -TaskTimeoutSeconds 0.1 " + Gated + " -ErrorAction Ignore; $p | Stop-EventLoopPool")]
    [InlineData("$t = 1..6 | Submit-AsyncTask -Pool $p " + Gated + "; $p | Stop-EventLoopPool -Force")]
    [InlineData("$t = 1..6 | Submit-AsyncTask -Pool $p { [AsyncExecutors.Tests.Module.Awaitables]::Never() }; $p | Stop-EventLoopPool -Force")]
    [InlineData("1..6 | Invoke-AsyncMultiple -Pool $p { if ($_ -gt 1) { Wait-TestGate $using:probe never } } | Select-TestFirst; $p | Stop-EventLoopPool")]
    public void Pool_Stopped_LeavesNoRunspaceAndNoThread(string script)
    {
        var before = ModuleSession.OpenRunspaces;
        Run("$global:p = New-EventLoopPool 3 -ImportModule $tools").AssertNoErrors();
        var threads = Threads("p");
        Assert.Equal(before.Count + 3, ModuleSession.OpenRunspaces.Count);
        Run(script).AssertNoErrors();

        AssertEnded(threads);
        Assert.Equal(before, ModuleSession.OpenRunspaces);
    }

    [Fact]
    public void PipelineStop_LeavesThePoolsRunspacesAndNoOthers()
    {
        Run("$global:p = New-EventLoopPool 3 -ImportModule $tools").AssertNoErrors();
        var before = ModuleSession.OpenRunspaces;
        var threads = Threads("p");
        for (var i = 1; i <= 3; i++)
        {
            using var script = Session.Start("1..9 | Invoke-AsyncMultiple -Pool $p " + Gated);
            Probe.WaitForHits("at never", 3 * i);
            script.Stop();
        }

        Assert.Equal(30, Output("(1..30 | Invoke-AsyncMultiple -Pool $p { $_ }).Output").Count);
        Assert.Equal(before, ModuleSession.OpenRunspaces);
        Assert.Equal(threads, Threads("p"));
        Run("$p | Stop-EventLoopPool").AssertNoErrors();
        AssertEnded(threads);
    }

    [Fact]
    public void SessionClosed_EndsItsPools()
    {
        Run("$global:p = New-EventLoopPool 2; 1..20 | Invoke-AsyncMultiple { [System.Threading.Thread]::Sleep(1) }; $global:d = Get-EventLoopPool Default").AssertNoErrors();
        var threads = Threads("p").Concat(Threads("d")).ToArray();
        Assert.True(threads.Length >= 3);
        Session.Dispose();

        AssertEnded(threads);
    }

    [Theory]
    [InlineData("Remove-Module AsyncExecutors")]
    [InlineData("Import-Module $manifest -Force")]
    public void ModuleRemoved_EndsTheSessionsPools_AndCanBeImportedAgain(string remove)
    {
        var before = ModuleSession.OpenRunspaces;
        Session.Set("manifest", ModuleSession.ManifestPath);
        Run("$global:p = New-EventLoopPool 2 -ImportModule $tools; $null = Invoke-AsyncTask { $global:x = 1 }; $global:d = Get-EventLoopPool Default; $global:t = 1..4 | Submit-AsyncTask -Pool $p " + Gated).AssertNoErrors();
        Probe.WaitForHits("at never", 2);
        var threads = Threads("p").Concat(Threads("d")).ToArray();
        Run(remove).AssertNoErrors();

        AssertEnded(threads);
        Assert.Equal(before, ModuleSession.OpenRunspaces);
        Assert.Equal([4, true, "again"], Output("Import-Module $manifest; @($t | Wait-AsyncTask -ErrorAction Ignore | Where-Object Status -EQ Stopped).Count; $p.IsStopped; Invoke-AsyncTask { 'again' }"));
    }

    [Fact]
    public void SessionClosed_WhileACallWaits_TheCallEnds()
    {
        using var waiting = Session.Start("$p = New-EventLoopPool -ImportModule $tools; 1..3 | Invoke-AsyncMultiple -Pool $p " + Gated);
        Probe.WaitForHits("at never", 1);
        Session.Dispose();

        waiting.Wait();
    }

    [Fact]
    public void SessionClosed_WithCodeThatNeverReturns_ClosesAllTheSame()
    {
        Run("$global:t = 1..3 | Submit-AsyncTask { ($using:probe).Hit('stuck'); ($using:probe).Wait('never') }").AssertNoErrors();
        Probe.WaitForHits("stuck", 3);
        var tasks = ((object[])Session.Get("t")!).Select(static task => (TaskInfo)System.Management.Automation.PSObject.AsPSObject(task).BaseObject).ToArray();
        Session.Dispose();

        Assert.True(SpinWait.SpinUntil(() => tasks.All(static task => task.Result is not null), Probe.Limit), "A task has no result.");
        Assert.All(tasks, static task => Assert.Equal(AsyncTaskStatus.Abandoned, task.Status));
    }

    /// <summary>Each pool has its grace period, all at the same time.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ManyPoolsWithCodeThatNeverReturns_EndInTheTimeOfOne(bool closesSession)
    {
        Run("$t = 1..8 | ForEach-Object { Submit-AsyncTask -Pool (New-EventLoopPool) { ($using:probe).Hit('stuck'); ($using:probe).Wait('never') } }").AssertNoErrors();
        Probe.WaitForHits("stuck", 8);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        if (closesSession)
        {
            Session.Dispose();
        }
        else
        {
            Run("Remove-Module AsyncExecutors").AssertNoErrors();
        }

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(4), $"It took {clock.Elapsed}.");
    }

    [Fact]
    public void Pool_MadeAndStoppedManyTimes_LeavesNoThreadHandleOrRunspace()
    {
        MakeAndStop(20);
        var before = Counts();
        MakeAndStop(Nightly.Or(10_000, 300));
        var after = Counts();

        Assert.Equal(before.Runspaces, after.Runspaces);

        // The thread pool and the runtime have threads and files of their own, which come and go.
        Assert.True(after.Threads <= before.Threads + 16, $"{before.Threads} threads became {after.Threads}.");
        Assert.True(after.Handles <= before.Handles + 32, $"{before.Handles} handles became {after.Handles}.");
    }

    [Fact]
    public void TinyTasks_ManyInOneCall_LeaveNoMemory()
    {
        RunTiny(10_000);
        var before = Memory();
        RunTiny(Nightly.Or(1_000_000, 100_000));
        var grown = (Memory() - before) / (1024 * 1024);

        Assert.True(grown <= 50, $"The process has grown by {grown} MB.");
    }

    [Fact]
    public void NewPool_ThatFails_LeavesNothing()
    {
        var before = ModuleSession.OpenRunspaces;
        Run("New-EventLoopPool 3 -Name broken -InitializationScript { throw 'no' }").AssertError("PoolDidNotStart");

        Assert.Empty(Output("Get-EventLoopPool b*"));
        Assert.True(SpinWait.SpinUntil(() => ModuleSession.OpenRunspaces.SequenceEqual(before), Probe.Limit), "A runspace is left.");
    }

    [Fact]
    public void DefaultPool_ManyCalls_DoesNotGrow()
    {
        Run("1..20 | Invoke-AsyncMultiple { ($using:probe).Meet('all', 10) }").AssertNoErrors();
        var before = ModuleSession.OpenRunspaces.Count;
        for (var i = 0; i < 20; i++)
        {
            Run("1..20 | Invoke-AsyncMultiple { [System.Threading.Thread]::Sleep(1) }").AssertNoErrors();
        }

        Assert.True(ModuleSession.OpenRunspaces.Count <= before);
    }

    /// <summary>A loop may have nothing to do for hours.</summary>
    [Theory]
    [InlineData("$in | Invoke-AsyncMultiple -Pool $p { 1 }")]
    [InlineData("$in | Invoke-AsyncMultiple -Pool $p { $mine = $_; & { $mine } }")]
    [InlineData("$in | Invoke-AsyncMultiple -Pool $p { Start-Sleep -Milliseconds 1; $_ }")]
    [InlineData("Invoke-AsyncMultiple -Pool $p { $using:in }")]
    [InlineData("Invoke-AsyncMultiple -Pool $p { & { $using:in } }")]
    [InlineData("Invoke-AsyncMultiple -Pool $p -ArgumentList $in { param($a) $a }")]
    [InlineData("Invoke-AsyncMultiple -Pool $p -Variable @{ a = $in } { $a }")]
    [InlineData("$in | Invoke-AsyncMultiple -Pool $p -ErrorAction Ignore { throw $_ }")]
    [InlineData("Submit-AsyncTask -Pool $p { $using:in } | Wait-AsyncTask")]
    [InlineData("$in | Invoke-AsyncTask -Pool $p { $_ }")]
    [InlineData("$in | Invoke-AsyncMultiple -Pool $p -StreamOutput { $_ }")]
    public void WhatACallWasGiven_IsNotKeptByALoopWithoutWork(string call)
    {
        foreach (var pool in new[] { "New-EventLoopPool", "'Default'" })
        {
            Run($"$global:p = {pool}").AssertNoErrors();
            var given = RunWithObject(call);
            Assert.True(Garbage.Collects(given), $"The pool {pool} keeps what the call was given.");
        }
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private WeakReference RunWithObject(string call)
    {
        var given = new object();
        Session.Set("in", given);
        Run($"$null = {call}");
        Session.Set("in", null);
        return new WeakReference(given);
    }

    private void MakeAndStop(int times)
    {
        for (var left = times; left > 0; left -= 100)
        {
            Run($"foreach ($i in 1..{Math.Min(left, 100)}) {{ $p = New-EventLoopPool 1; if ((Invoke-AsyncTask -Pool $p {{ 1 }}) -ne 1) {{ throw 'lost' }}; Stop-EventLoopPool $p }}").AssertNoErrors();
        }
    }

    private void RunTiny(int count) =>
        Session.Run($"& {{ for ($i = 0; $i -lt {count}; $i++) {{ $i }} }} | Invoke-AsyncMultiple {{ $_ }} | Out-Null", TimeSpan.FromMinutes(5)).AssertNoErrors();

    private static (int Runspaces, int Threads, int Handles) Counts()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return (ModuleSession.OpenRunspaces.Count, process.Threads.Count, process.HandleCount);
    }

    private static long Memory()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return Environment.WorkingSet;
    }

    private Thread[] Threads(string pool) =>
        [.. ((EventLoopPool)ScriptRun.Plain(System.Management.Automation.PSObject.AsPSObject(Session.Get(pool)!))!).EventLoops.Select(static loop => loop.Thread)];

    private static void AssertEnded(IEnumerable<Thread> threads) =>
        Assert.All(threads, static thread => Assert.True(thread.Join(Probe.Limit), $"The thread {thread.Name} still runs."));
}
