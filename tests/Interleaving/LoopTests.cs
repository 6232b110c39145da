namespace AsyncExecutors.Tests.Interleaving;

/// <summary>The loop's sleep and wake-up, its end, and its being given up, each racing with what can come between.</summary>
public sealed class LoopTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>When the pool's monitor looks next.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    [Fact]
    public void Submit_LoopGoesToSleep_ItWakes() => Explorer.Explore(() =>
    {
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = new ManualTime() });
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(i, pool.Submit(_ => Task.FromResult(i)).Future.Result);
        }

        pool.Shutdown();
    });

    [Fact]
    public void Post_SeveralProducers_AllRuns() => Explorer.Explore(() =>
    {
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = new ManualTime() });
        var loop = pool.EventLoops[0];
        var posted = new TaskCompletionSource();
        TaskInfo<int>? task = null;
        Explorer.AtOnce(
            () => loop.Post(_ => posted.SetResult(), null),
            () => task = pool.Submit(async _ =>
            {
                await Task.Yield();
                return 1;
            }));
        posted.Task.Wait();
        Assert.Equal(1, task!.Future.Result);
        pool.Shutdown();
    });

    [Fact]
    public void Shutdown_RacingSubmits_EachIsRefusedOrRuns() => Explorer.Explore(() =>
    {
        var pool = new EventLoopPoolExecutor(2, new EventLoopOptions { TimeProvider = new ManualTime() });
        TaskInfo<int>? first = null, second = null;
        Explorer.AtOnce(() => first = Submit(pool), () => second = Submit(pool), () => pool.Shutdown());
        Assert.All([first, second], task => Assert.True(task is null || task.Status == AsyncTaskStatus.Succeeded));
        Assert.Equal(0, pool.PendingCount);
        Assert.Empty(pool.EventLoops);
    });

    [Fact]
    public void Stop_RacingStartAndEnd_OneResultAndToldOnce() => Explorer.Explore(() =>
    {
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = new ManualTime() });
        var observer = new CountingObserver();
        var group = new TaskGroup(pool, 1, observer);
        var tasks = new[] { new StopTask(), new StopTask(), new StopTask() };
        Explorer.AtOnce(
            () => Array.ForEach(tasks, group.Add),
            () => tasks[0].Stop(),
            () => tasks[1].Stop(),
            () => pool.StopPending());
        Explorer.AtOnce(() => group.Stop(), () => pool.Shutdown());
        Assert.All(tasks, task => Assert.Equal(1, observer.Told(task)));
        Assert.Equal(0, pool.PendingCount);
    });

    [Fact]
    public void Timeout_RacingCodeThatComesBack_TheLoopGoesOn() => Explorer.Explore(() =>
    {
        var time = new ManualTime();
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = time, GracePeriod = Grace });
        using var code = new StuckCode();
        var task = pool.Submit(code.Run, new TaskOptions { Timeout = Grace });
        code.WaitForIt();
        TaskInfo<int>? other = null;
        Explorer.AtOnce(
            () => time.Advance(Grace),
            () => code.Release(),
            () => other = pool.Submit(_ => Task.FromResult(2)));
        time.Advance(Grace);
        Assert.Equal(2, other!.Future.Result);
        pool.Shutdown();
        Assert.True(task.Status is AsyncTaskStatus.Succeeded or AsyncTaskStatus.TimedOut);
        Assert.Equal(0, pool.PendingCount);
    });

    [Fact]
    public void Shutdown_RacingAGroup_EveryTaskThatWasTakenIsToldOfOnce() => Explorer.Explore(() =>
    {
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = new ManualTime() });
        var observer = new CountingObserver();
        var group = new TaskGroup(pool, 1, observer);
        var tasks = new[] { new StopTask(), new StopTask() };
        Explorer.AtOnce(
            () => tasks[0].WasTaken = Takes(() => group.Add(tasks[0])),
            () => tasks[1].WasTaken = Takes(() => group.Add(tasks[1])),
            () => pool.Shutdown(wait: false));
        Explorer.AtOnce(group.Stop, () => pool.Shutdown());
        Assert.All(tasks, task => Assert.Equal(task.WasTaken ? 1 : 0, observer.Told(task)));
    });

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
            () => late = Submit(pool),
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

    /// <summary>The clock stands still, so the pool's monitor helps nobody: every loop that is needed is woken or made.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void EnterWait_ForATaskOfTheOwnPoolWhileOthersSubmit_NobodyWaitsForEver(int poolSize) => Explorer.Explore(() =>
    {
        var pool = new EventLoopPoolExecutor(poolSize, new EventLoopOptions { TimeProvider = new ManualTime() });
        TaskInfo<int>? outer = null, other = null;
        Explorer.AtOnce(
            () => outer = pool.Submit(_ => Task.FromResult(WaitFor(pool.Submit(_ => Task.FromResult(4))))),
            () => other = pool.Submit(_ => Task.FromResult(5)));
        Assert.Equal(4, outer!.Future.Result);
        Assert.Equal(5, other!.Future.Result);
        pool.Shutdown();
    });

    /// <summary>Who waits for another task ends as it was asked to, also when that one ends first, by the same stop.</summary>
    [Fact]
    public void StopPending_OneTaskWaitsForAnother_BothAreStopped() => Explorer.Explore(() =>
    {
        var pool = new EventLoopPoolExecutor(2, new EventLoopOptions { TimeProvider = new ManualTime() });
        var awaited = new StopTask();
        pool.Submit(awaited);
        using var entered = new SemaphoreSlim(0);
        var waiter = pool.Submit(_ =>
        {
            entered.Release();
            using (EventLoop.EnterWait())
            {
                Task.WaitAny(awaited.Future);
            }

            return Task.FromResult(1);
        });
        entered.Wait();
        pool.StopPending();
        pool.Shutdown();
        Assert.Equal([AsyncTaskStatus.Stopped, AsyncTaskStatus.Stopped], [awaited.Status, waiter.Status]);
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

    private static TaskInfo<int>? Submit(EventLoopPoolExecutor pool)
    {
        TaskInfo<int>? task = null;
        Takes(() => task = pool.Submit(_ => Task.FromResult(1)));
        return task;
    }

    /// <summary>What <c>Run</c> does; its way to get the result is none that Coyote knows on a loop.</summary>
    private static int WaitFor(TaskInfo<int> task)
    {
        using (EventLoop.EnterWait())
        {
            return task.Future.Result;
        }
    }

    private static bool Takes(Action submit)
    {
        try
        {
            submit();
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Code that keeps its thread until it is released.</summary>
    private sealed class StuckCode : IDisposable
    {
        private readonly SemaphoreSlim _entered = new(0);
        private readonly SemaphoreSlim _gate = new(0);

        internal Task<int> Run(CancellationToken cancellationToken)
        {
            _entered.Release();
            _gate.Wait();
            return Task.FromResult(1);
        }

        internal void WaitForIt() => _entered.Wait();

        internal void Release() => _gate.Release();

        public void Dispose()
        {
            _entered.Dispose();
            _gate.Dispose();
        }
    }

    /// <summary>Ends when it is asked to.</summary>
    private sealed class StopTask() : TaskInfo<int>(default)
    {
        private readonly TaskCompletionSource<int> _end = new();

        internal bool WasTaken { get; set; }

        protected override Task OnStart() => _end.Task;

        protected override void OnStop() => _end.TrySetCanceled();

        protected override TaskResult CreateResult(AsyncTaskStatus status, Exception? exception, Task? body) => new(status, 0, exception);
    }

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

    private sealed class CountingObserver : ITaskObserver
    {
        private readonly Dictionary<TaskInfo, int> _told = [];

        public void OnEnded(TaskInfo task, TaskResult result)
        {
            lock (_told)
            {
                _told[task] = _told.GetValueOrDefault(task) + 1;
            }
        }

        internal int Told(TaskInfo task)
        {
            lock (_told)
            {
                return _told.GetValueOrDefault(task);
            }
        }
    }
}
