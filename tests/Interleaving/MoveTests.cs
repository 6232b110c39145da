namespace AsyncExecutors.Tests.Interleaving;

/// <summary>What waits on a loop that is given up, or waits itself, goes on on another: racing with all that can end it or the pool.</summary>
public sealed class MoveTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>When the pool's monitor looks next.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>More than any schedule needs: where one comes too early for a loop that is about to wait, or to come back, the next one helps.</summary>
    private const int Looks = 6;

    [Fact]
    public void Abandon_RacingCodeThatComesBackSubmitAndShutdown_NothingIsLost() => Explorer.Explore(() =>
    {
        var time = new ManualTime();
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = time, GracePeriod = Grace });
        using var code = new StuckCode();
        var stuck = pool.Submit(code.Run);
        var queued = pool.Submit(_ => Task.FromResult(2));
        code.WaitForIt();
        stuck.Stop();
        TaskInfo<int>? late = null;
        Explorer.AtOnce(
            () => time.Advance(Grace),
            () => code.Release(),
            () => late = Acts.Submit(pool),
            () => pool.Shutdown());
        Assert.True(stuck.Status is AsyncTaskStatus.Stopped or AsyncTaskStatus.Abandoned);
        Assert.Equal(AsyncTaskStatus.Succeeded, queued.Status);
        Assert.True(late is null || late.Status == AsyncTaskStatus.Succeeded);
        Assert.Equal(0, pool.PendingCount);
        Assert.Empty(pool.EventLoops);
    });

    [Fact]
    public void Abandon_OthersWaitOnTheLoop_TheyGoOn() => Explorer.Explore(() =>
    {
        var time = new ManualTime();
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = time, GracePeriod = Grace });
        using var code = new StuckCode();
        var resume = new TaskCompletionSource<int>();
        var suspended = pool.Submit(_ => resume.Task);
        var stuck = pool.Submit(code.Run);
        code.WaitForIt();
        stuck.Stop();
        Explorer.AtOnce(() => time.Advance(Grace), () => resume.SetResult(3), () => pool.Shutdown());
        Assert.Equal(AsyncTaskStatus.Abandoned, stuck.Status);
        Assert.Equal(3, suspended.Future.Result);
        code.Release();
    });

    [Fact]
    public void Abandon_OthersThatWaitAreStoppedOrGoOnMeanwhile_EachEndsAndIsCountedOnce() => Explorer.Explore(() =>
    {
        var time = new ManualTime();
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = time, GracePeriod = Grace });
        using var code = new StuckCode();
        var resume = new TaskCompletionSource<int>();
        var goesOn = pool.Submit(async _ => await resume.Task);
        var deaf = pool.Submit(_ => new TaskCompletionSource<int>().Task);
        var stopped = new StopTask();
        pool.Submit(stopped);
        var stuck = pool.Submit(code.Run);
        code.WaitForIt();
        stuck.Stop();
        deaf.Stop();
        Explorer.AtOnce(() => time.Advance(Grace), () => resume.SetResult(3), () => stopped.Stop(), () => code.Release());
        Assert.Equal(3, goesOn.Future.Result);

        // It has its time anew when other code has kept the thread from it.
        time.Advance(Grace);
        pool.Shutdown();
        Assert.Equal([AsyncTaskStatus.Stopped, AsyncTaskStatus.Stopped], [deaf.Status, stopped.Status]);
        Assert.Equal(0, pool.PendingCount);
    });

    [Fact]
    public void Abandon_RacingAStopOfAllThatIsPending_NothingEscapesIt() => Explorer.Explore(() =>
    {
        var time = new ManualTime();
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = time, GracePeriod = Grace });
        using var code = new StuckCode();
        var suspended = new StopTask();
        pool.Submit(suspended);
        var stuck = pool.Submit(code.Run);
        var queued = new StopTask();
        pool.Submit(queued);
        code.WaitForIt();
        stuck.Stop();
        Explorer.AtOnce(() => time.Advance(Grace), () => pool.StopPending());
        pool.Shutdown();
        Assert.Equal([AsyncTaskStatus.Stopped, AsyncTaskStatus.Stopped], [suspended.Status, queued.Status]);
        code.Release();
    });

    /// <summary>The wait ends, by whatever, just when the monitor moves the tasks that it keeps from going on.</summary>
    [Fact]
    public void MoveHeld_RacingTheEndOfTheWait_EachGoesOnOnce() => Explorer.Explore(() =>
    {
        var time = new ManualTime();
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = time, GracePeriod = Grace });
        var resume = new TaskCompletionSource<int>();
        var release = new TaskCompletionSource<int>();
        using var entered = new SemaphoreSlim(0);
        var times = 0;
        var suspended = pool.Submit(async _ =>
        {
            await resume.Task;
            return ++times;
        });
        var waiter = pool.Submit(_ =>
        {
            entered.Release();
            using (EventLoop.EnterWait())
            {
                return Task.FromResult(release.Task.Result);
            }
        });
        entered.Wait();
        Explorer.AtOnce(
            () => resume.SetResult(0),
            () => release.SetResult(2),
            () => time.Advance(Look),
            () => time.Advance(Look));
        Assert.Equal(2, waiter.Future.Result);
        Assert.Equal(1, suspended.Future.Result);
        pool.Shutdown();
        Assert.Equal(0, pool.PendingCount);
    });

    /// <summary>The loop that was free when the monitor looked waits, too, when its turn to be looked at comes.</summary>
    [Fact]
    public void MoveHeld_RacingAWaitOfTheLoopThatWasFree_BothGoOn() => Explorer.Explore(() =>
    {
        var time = new ManualTime();
        var pool = new EventLoopPoolExecutor(2, new EventLoopOptions { TimeProvider = time, GracePeriod = Grace });
        TaskCompletionSource<int> first = new(), second = new();
        var tasks = new[] { pool.Submit(async _ => await first.Task), pool.Submit(async _ => await second.Task) };
        using var waiting = new SemaphoreSlim(0);
        tasks[0].EventLoop!.Post(_ => Wait(tasks[0]), null);
        waiting.Wait();
        first.SetResult(1);
        Explorer.AtOnce(
            () => time.Advance(Look),
            () => tasks[1].EventLoop!.Post(
                _ =>
                {
                    second.SetResult(2);
                    Wait(tasks[1]);
                },
                null));
        waiting.Wait();
        for (var i = 0; i < Looks; i++)
        {
            time.Advance(Look);
            pool.EventLoops[^1].Started.Wait();
        }

        Assert.Equal([1, 2], tasks.Select(task => task.Future.Result));
        pool.Shutdown();

        void Wait(TaskInfo<int> task)
        {
            using (EventLoop.EnterWait())
            {
                waiting.Release();
                _ = task.Future.Result;
            }
        }
    });

    /// <summary>After a shutdown the other loops end, or are about to: none of them may take the task over and end all the same.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void MoveHeld_RacingAShutdown_TheTaskGoesOnOnALoop(int poolSize) => Explorer.Explore(() =>
    {
        var time = new ManualTime();
        var pool = new EventLoopPoolExecutor(poolSize, new EventLoopOptions { TimeProvider = time, GracePeriod = Grace });
        var resume = new TaskCompletionSource<int>();
        var free = new TaskCompletionSource<int>();
        EventLoop? on = null;
        var suspended = pool.Submit(async _ =>
        {
            await resume.Task;
            on = EventLoop.Current;
            return 3;
        });

        // So that the next one goes to the loop of the first.
        var other = poolSize == 1 ? null : pool.Submit(_ => free.Task);
        using var waiting = new SemaphoreSlim(0);
        var waiter = pool.Submit(_ =>
        {
            using (EventLoop.EnterWait())
            {
                waiting.Release();
                return Task.FromResult(suspended.Future.Result);
            }
        });
        waiting.Wait();
        Explorer.AtOnce(
            () => resume.SetResult(0),
            () => time.Advance(Look),
            () => pool.Shutdown(wait: false),
            () => free.SetResult(0));
        time.Advance(Look);
        time.Advance(Look);
        Assert.Equal(3, waiter.Future.Result);
        pool.Shutdown();
        Assert.NotNull(on);
        Assert.True(other is null || other.Status == AsyncTaskStatus.Succeeded);
        Assert.Equal(0, pool.PendingCount);
    });

    /// <summary>Another loop is ready only when the grace period is over.</summary>
    [Fact]
    public void Stop_WhileTheLoopWaits_TheCodeCleansUpOnAnother() => Explorer.Explore(() =>
    {
        var time = new ManualTime();
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = time, GracePeriod = Grace });
        var task = new CleaningTask();
        pool.Submit(task);
        using SemaphoreSlim waiting = new(0), release = new(0);
        var waiter = pool.Submit(_ =>
        {
            using (EventLoop.EnterWait())
            {
                waiting.Release();
                release.Wait();
            }

            return Task.FromResult(1);
        });
        waiting.Wait();
        task.Stop();
        time.Advance(Grace);
        pool.EventLoops[^1].Started.Wait();
        time.Advance(Look);
        Task.WaitAny(task.Future);
        Assert.True(task.HasCleanedUp);
        Assert.Equal(AsyncTaskStatus.Stopped, task.Status);
        release.Release();
        Assert.Equal(1, waiter.Future.Result);
        pool.Shutdown();
    });

    /// <summary>The loop that takes it over waits, too, before the code has had its turn there, until its time is over once more.</summary>
    [Fact]
    public void Stop_WhileOneLoopAfterTheOtherWaits_TheCodeCleansUpOnTheLast() => Explorer.Explore(() =>
    {
        var time = new ManualTime();
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = time, GracePeriod = Grace });
        var task = new CleaningTask();
        pool.Submit(task);
        using SemaphoreSlim begun = new(0), wait = new(0), waiting = new(0), release = new(0);
        var first = pool.Submit(Wait);
        begun.Wait();
        wait.Release();
        waiting.Wait();
        task.Stop();
        time.Advance(Look);
        pool.EventLoops[^1].Started.Wait();
        var second = pool.Submit(Wait);
        begun.Wait();
        time.Advance(Look);
        wait.Release();
        waiting.Wait();
        time.Advance(Grace);
        pool.EventLoops[^1].Started.Wait();
        time.Advance(Look);
        Task.WaitAny(task.Future);
        Assert.True(task.HasCleanedUp);
        release.Release(2);
        Assert.Equal([1, 1], new[] { first.Future.Result, second.Future.Result });
        pool.Shutdown();

        Task<int> Wait(CancellationToken cancellationToken)
        {
            begun.Release();
            wait.Wait();
            using (EventLoop.EnterWait())
            {
                waiting.Release();
                release.Wait();
            }

            return Task.FromResult(1);
        }
    });

    /// <summary>Has something to do when it is asked to end.</summary>
    private sealed class CleaningTask() : TaskInfo<int>(default)
    {
        private readonly TaskCompletionSource<int> _end = new();

        internal bool HasCleanedUp { get; private set; }

        protected override async Task OnStart()
        {
            try
            {
                await _end.Task;
            }
            finally
            {
                HasCleanedUp = true;
            }
        }

        protected override void OnStop() => _end.TrySetCanceled();

        protected override TaskResult CreateResult(AsyncTaskStatus status, Exception? exception, Task? body) => new(status, 0, exception);
    }
}
