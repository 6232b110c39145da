namespace AsyncExecutors.Tests.Interleaving;

/// <summary>The loop's sleep and wake-up, its stops and its end, each racing with what can come between.</summary>
public sealed class LoopTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

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
    public void Submit_OneTaskByTwoThreads_OneIsRefused() => Explorer.Explore(() =>
    {
        var pool = new EventLoopPoolExecutor(2, new EventLoopOptions { TimeProvider = new ManualTime() });
        var task = new StopTask();
        bool first = false, second = false;
        Explorer.AtOnce(() => first = Acts.Takes(() => pool.Submit(task)), () => second = Acts.Takes(() => pool.Submit(task)));
        Assert.NotEqual(first, second);
        Assert.Equal(1, pool.PendingCount);
        task.Stop();
        pool.Shutdown();
        Assert.Equal(AsyncTaskStatus.Stopped, task.Status);
    });

    [Fact]
    public void Future_TwoAskWhileTheTaskEnds_EndsForBoth() => Explorer.Explore(() =>
    {
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = new ManualTime() });
        var task = new StopTask();
        Task<int>? first = null, second = null;
        pool.Submit(task);
        Explorer.AtOnce(() => task.Stop(), () => first = task.Future, () => second = task.Future);
        Assert.Same(first, second);
        Task.WaitAny(first!);
        Assert.True(first!.IsCanceled);
        Assert.Equal(AsyncTaskStatus.Stopped, task.Status);
        Task.WaitAny(pool.Submit(_ => Task.FromResult(1)).Future);
        pool.Shutdown();
    });

    [Fact]
    public void Shutdown_RacingSubmits_EachIsRefusedOrRuns() => Explorer.Explore(() =>
    {
        var pool = new EventLoopPoolExecutor(2, new EventLoopOptions { TimeProvider = new ManualTime() });
        TaskInfo<int>? first = null, second = null;
        Explorer.AtOnce(() => first = Acts.Submit(pool), () => second = Acts.Submit(pool), () => pool.Shutdown());
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
            () => tasks[0].WasTaken = Acts.Takes(() => group.Add(tasks[0])),
            () => tasks[1].WasTaken = Acts.Takes(() => group.Add(tasks[1])),
            () => pool.Shutdown(wait: false));
        Explorer.AtOnce(group.Stop, () => pool.Shutdown());
        Assert.All(tasks, task => Assert.Equal(task.WasTaken ? 1 : 0, observer.Told(task)));
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

    private static int WaitFor(TaskInfo<int> task)
    {
        using (EventLoop.EnterWait())
        {
            return task.Future.Result;
        }
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
