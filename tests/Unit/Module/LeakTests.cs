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

    [Fact]
    public void PoolAndTasks_NoLongerReferenced_AreCollected()
    {
        Run("$global:p = New-EventLoopPool").AssertNoErrors();
        var reference = RunWithLargeInput();
        Assert.True(
            SpinWait.SpinUntil(
                () =>
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                    return !reference.IsAlive;
                },
                Probe.Limit),
            "A task's input is still referenced after the call.");
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private WeakReference RunWithLargeInput()
    {
        var input = new object();
        Session.Set("in", input);
        Run("$null = $in | Invoke-AsyncMultiple -Pool $p { 1 }").AssertNoErrors();
        Session.Set("in", null);
        Run("1 | Invoke-AsyncMultiple -Pool $p { 1 }").AssertNoErrors();
        return new WeakReference(input);
    }

    private Thread[] Threads(string pool) =>
        [.. ((EventLoopPool)ScriptRun.Plain(System.Management.Automation.PSObject.AsPSObject(Session.Get(pool)!))!).EventLoops.Select(static loop => loop.Thread)];

    private static void AssertEnded(IEnumerable<Thread> threads) =>
        Assert.All(threads, static thread => Assert.True(thread.Join(Probe.Limit), $"The thread {thread.Name} still runs."));
}
