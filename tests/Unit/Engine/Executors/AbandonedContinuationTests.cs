namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>What comes back to a loop, of a task or of what it left behind, and keeps the thread.</summary>
public sealed class AbandonedContinuationTests
{
    private static readonly EventLoopOptions Impatient = new() { GracePeriod = TimeSpan.FromMilliseconds(50) };

    private readonly Signal _entered = new();
    private readonly Signal _gate = new();

    [Fact]
    public async Task Stop_ContinuationKeepsTheThread_AbandonedToo()
    {
        await using var pool = new EventLoopPoolExecutor(1, Impatient);
        var stuck = pool.Submit(async _ =>
        {
            await Task.Yield();
            _entered.Open();
            _gate.Wait();
            return true;
        });
        await _entered.WaitAsync();
        stuck.Stop();
        Assert.Equal(AsyncTaskStatus.Abandoned, (await stuck.ResultWithin()).Status);
        Assert.Equal(1, await pool.Submit(Coroutines.Returning(1)).Future.Within());
        _gate.Open();
    }

    [Fact]
    public async Task Continuation_OfAnEndedTaskKeepsTheThread_TheLoopIsReplaced()
    {
        await using var pool = new EventLoopPoolExecutor(1, Impatient);
        Signal suspended = new(), resume = new();
        var stuck = pool.Submit(async _ =>
        {
            suspended.Open();
            await resume.Opened;
            _entered.Open();
            _gate.Wait();
            return true;
        });
        await suspended.WaitAsync();
        stuck.Stop();
        Assert.Equal(AsyncTaskStatus.Stopped, (await stuck.ResultWithin()).Status);
        Assert.Equal(0, pool.AbandonedCount);
        resume.Open();
        await _entered.WaitAsync();
        Assert.Equal(1, await pool.Submit(Coroutines.Returning(1)).Future.Within());
        Assert.Equal(1, pool.AbandonedCount);
        await Waiting.OnThread(() => pool.Shutdown()).Within();
        _gate.Open();
    }

    [Fact]
    public async Task Continuation_LeftBehindByAnEndedTask_TheNextTaskIsSuspended_TheLoopIsReplaced()
    {
        await using var pool = new EventLoopPoolExecutor(1, Impatient);
        Signal resume = new(), suspended = new(), end = new();
        var left = pool.Submit(token =>
        {
            _ = LeaveBehindAsync(resume);
            return Task.FromResult(1);
        });
        var waiting = pool.Submit(Coroutines.AwaitingDeafly(suspended, end.Opened));
        await suspended.WaitAsync();
        Assert.Equal(1, await left.Future.Within());
        resume.Open();
        await _entered.WaitAsync();
        Assert.Equal(2, await pool.Submit(Coroutines.Returning(2)).Future.Within());
        Assert.Equal(1, pool.AbandonedCount);
        end.Open();
        Assert.True(await waiting.Future.Within());
        _gate.Open();
    }

    /// <summary>Whoever waits for the loop need not wait for its thread.</summary>
    [Fact]
    public async Task Abandoned_CodeStillKeepsTheThread_TheLoopHasEndedAndRunsCallbacksElsewhere()
    {
        await using var pool = new EventLoopPoolExecutor(1, Impatient);
        var loop = pool.EventLoops[0];
        var stuck = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        var before = new Signal();
        loop.Post(_ => before.Open(), null);
        stuck.Stop();
        await loop.Completion.Within();
        await before.WaitAsync();
        var ran = new TaskCompletionSource<Thread>();
        loop.Post(_ => ran.SetResult(Thread.CurrentThread), null);
        Assert.NotSame(loop.Thread, await ran.Task.Within());
        Assert.True(loop.Thread.IsAlive);
        _gate.Open();
    }

    [Fact]
    public async Task Stop_AnEndedTasksContinuationKeepsTheThread_StoppedNotAbandoned()
    {
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { GracePeriod = TimeSpan.FromMilliseconds(500) });
        Signal resume = new(), suspended = new();
        _ = pool.Submit(token =>
        {
            _ = LeaveBehindAsync(resume);
            return Task.FromResult(1);
        });
        var waiting = pool.Submit(Coroutines.AwaitingDeafly(suspended, _gate.Opened));
        await suspended.WaitAsync();
        resume.Open();
        await _entered.WaitAsync();
        waiting.Stop();
        Assert.Equal(AsyncTaskStatus.Stopped, (await waiting.ResultWithin()).Status);
        _gate.Open();
    }

    [Fact]
    public async Task Continuation_OfATaskThatIsJustEnding_KeepsTheThread_TheLoopIsReplaced()
    {
        await using var pool = new EventLoopPoolExecutor(1, Impatient);
        Signal resume = new(), ending = new(), end = new();
        var stuck = new SlowlyEndingTask(
            async () =>
            {
                await resume.Opened;
                _entered.Open();
                _gate.Wait();
            },
            ending,
            end);
        pool.Submit(stuck);
        await pool.Submit(Coroutines.Returning(0)).Future.Within();
        stuck.Stop();
        await ending.WaitAsync();
        resume.Open();
        await _entered.WaitAsync();
        end.Open();
        Assert.Equal(1, await pool.Submit(Coroutines.Returning(1)).Future.Within());
        _gate.Open();
    }

    /// <summary>Work that its task does not wait for.</summary>
    private async Task LeaveBehindAsync(Signal resume)
    {
        await resume.Opened;
        _entered.Open();
        _gate.Wait();
    }

    /// <summary>Its end is decided some time before it is there.</summary>
    private sealed class SlowlyEndingTask(Func<Task> start, Signal ending, Signal end) : TaskInfo<object?>(default)
    {
        protected override Task? OnStart() => start();

        protected override void OnStop()
        {
        }

        protected override Exception StopException(AsyncTaskStatus reason)
        {
            ending.Open();
            end.Wait();
            return base.StopException(reason);
        }

        protected override TaskResult CreateResult(AsyncTaskStatus status, Exception? exception, Task? body) => new(status, null, exception);
    }
}
