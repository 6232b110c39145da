namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>How an executor ends while code that does not end keeps a thread of its.</summary>
public sealed class AbandonedShutdownTests
{
    private static readonly EventLoopOptions Impatient = new() { GracePeriod = TimeSpan.FromMilliseconds(50) };

    private readonly Signal _entered = new();
    private readonly Signal _gate = new();

    [Fact]
    public async Task Shutdown_CodeKeepsItsThread_ReturnsWhenItsEndHasBeenTold()
    {
        await using var pool = new EventLoopPoolExecutor(1, Impatient);
        Signal telling = new(), tell = new();
        var group = new TaskGroup(pool, 1, new CallingObserver(() =>
        {
            telling.Open();
            tell.Wait();
        }));
        group.Add(StubTask.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        group.Stop();
        await telling.WaitAsync();
        var shutdown = Waiting.OnThread(() => pool.Shutdown());
        Assert.NotSame(shutdown, await Task.WhenAny(shutdown, Task.Delay(100)));
        tell.Open();
        await shutdown.Within();
        _gate.Open();
    }

    [Fact]
    public async Task Shutdown_StuckTaskTimesOut_WhatWaitedBehindItStillRuns()
    {
        var pool = new EventLoopPoolExecutor(1, Impatient);
        var stuck = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        var queued = Enumerable.Range(0, 5).Select(i => pool.Submit(Coroutines.Returning(i))).ToArray();
        var shutdown = Waiting.OnThread(() => pool.Shutdown());
        stuck.Stop();
        await shutdown.Within();
        Assert.All(queued, task => Assert.Equal(AsyncTaskStatus.Succeeded, task.Status));
        _gate.Open();
    }

    [Fact]
    public async Task Shutdown_LastTaskIsAbandoned_EndsWhenThatWasTold()
    {
        var pool = new EventLoopPoolExecutor(1, Impatient);
        var told = new TaskCompletionSource<bool>();
        var group = new TaskGroup(pool, 1, new CallingObserver(() => told.SetResult(pool.Completion.IsCompleted)));
        var stuck = new StubTask<bool>(() => Coroutines.Blocking(_entered, _gate)(default));
        group.Add(stuck);
        await _entered.WaitAsync();
        pool.Shutdown(wait: false);
        stuck.Stop();
        Assert.False(await told.Task.Within());
        await pool.Completion.Within();
        _gate.Open();
    }

    /// <summary>Code that keeps the thread costs the others a grace period, so they have another one.</summary>
    [Fact]
    public async Task Dispose_OthersHaveTheirTimeAnew_ReturnsWhenTheyHaveEnded()
    {
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { GracePeriod = TimeSpan.FromSeconds(1) });
        Signal suspended = new(), entered = new(), gate = new();
        var deaf = pool.Submit(Coroutines.AwaitingDeafly(suspended, gate.Opened));
        await suspended.WaitAsync();
        _ = pool.Submit(Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        await Waiting.OnThread(pool.Dispose).Within();
        Assert.Equal(AsyncTaskStatus.Stopped, deaf.Status);
        gate.Open();
    }

    [Fact]
    public async Task Dispose_CodeKeepsItsThread_ReturnsAfterTheGracePeriod()
    {
        // As much again is left for the end to be told.
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { GracePeriod = TimeSpan.FromSeconds(1) });
        var stuck = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        var queued = pool.Submit(Coroutines.Returning(1));
        await Waiting.OnThread(() => pool.Dispose()).Within();
        Assert.Equal(AsyncTaskStatus.Abandoned, stuck.Status);
        Assert.Equal(AsyncTaskStatus.Stopped, (await queued.ResultWithin()).Status);
        await pool.Completion.Within();
        _gate.Open();
    }

    [Fact]
    public async Task Dispose_LongestGracePeriod_WaitsForWhatEnds()
    {
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { GracePeriod = TaskOptions.MaxTimeout });
        await Waiting.OnThread(pool.Dispose).Within();
        await pool.Completion.Within();
        pool = new EventLoopPoolExecutor(1, new EventLoopOptions { GracePeriod = TaskOptions.MaxTimeout });
        await pool.DisposeAsync().AsTask().Within();
        await pool.Completion.Within();
    }
}
