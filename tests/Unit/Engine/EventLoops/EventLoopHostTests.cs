namespace AsyncExecutors.Tests.Engine.EventLoops;

public sealed class EventLoopHostTests
{
    [Fact]
    public async Task Host_AroundThePump_RunsOnTheLoopsThreadBeforeAndAfter()
    {
        var steps = new List<(string, Thread)>();
        var executor = new DefaultBackgroundExecutor(StubHost.Options((_, pump) =>
        {
            steps.Add(("before", Thread.CurrentThread));
            Assert.True(pump());
            steps.Add(("after", Thread.CurrentThread));
        }));
        var loop = executor.EventLoop;
        Assert.IsType<StubHost>(loop.Host);
        await executor.Submit(_ =>
        {
            steps.Add(("task", Thread.CurrentThread));
            return Task.FromResult(true);
        }).Future.Within();
        await Waiting.OnThread(() => executor.Shutdown()).Within();
        Assert.Equal([("before", loop.Thread), ("task", loop.Thread), ("after", loop.Thread)], steps);
    }

    [Fact]
    public async Task Host_BeforeAndAfterThePump_ContextIsTheLoops()
    {
        var seen = new List<SynchronizationContext?>();
        var executor = new DefaultBackgroundExecutor(StubHost.Options((_, pump) =>
        {
            seen.Add(SynchronizationContext.Current);
            pump();
            seen.Add(SynchronizationContext.Current);
        }));
        var loop = executor.EventLoop;
        await executor.Submit(Coroutines.Returning(1)).Future.Within();
        await Waiting.OnThread(() => executor.Shutdown()).Within();
        Assert.Equal([loop.SynchronizationContext, loop.SynchronizationContext], seen);
    }

    [Fact]
    public async Task LeavePump_FromATask_TheContextIsTheLoopsAgain()
    {
        var seen = new List<SynchronizationContext?>();
        var executor = new DefaultBackgroundExecutor(StubHost.Options((_, pump) =>
        {
            while (!pump())
            {
                seen.Add(SynchronizationContext.Current);
            }
        }));
        var loop = executor.EventLoop;
        await executor.Submit(_ =>
        {
            EventLoop.Current!.LeavePump();
            return Task.FromResult(1);
        }).Future.Within();
        await Waiting.OnThread(() => executor.Shutdown()).Within();
        Assert.Equal([loop.SynchronizationContext], seen);
    }

    /// <summary>Otherwise a host that pumps again would never let go of the thread.</summary>
    [Fact]
    public async Task Abandoned_CodeComesBack_ThePumpSaysThatTheLoopHasEnded()
    {
        var returned = new TaskCompletionSource<bool>();
        var options = StubHost.Options((_, pump) => returned.TrySetResult(pump()));
        await using var pool = new EventLoopPoolExecutor(1, options with { GracePeriod = TimeSpan.FromMilliseconds(50) });
        Signal entered = new(), gate = new();
        var stuck = pool.Submit(Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        stuck.Stop();
        Assert.Equal(AsyncTaskStatus.Abandoned, (await stuck.ResultWithin()).Status);
        gate.Open();
        Assert.True(await returned.Task.Within());
    }

    [Fact]
    public async Task Started_HostSetsUp_EndsWhenThePumpRuns()
    {
        var gate = new Signal();
        await using var pool = new EventLoopPoolExecutor(1, StubHost.Options((_, pump) =>
        {
            gate.Wait();
            pump();
        }));
        var started = pool.Started;
        Assert.False(started.IsCompleted);
        gate.Open();
        await started.Within();
    }

    [Fact]
    public async Task LeavePump_FromATask_HostPumpsAgainAndNothingIsLost()
    {
        var returns = new List<bool>();
        var executor = new DefaultBackgroundExecutor(StubHost.Options((_, pump) =>
        {
            bool ended;
            do
            {
                returns.Add(ended = pump());
            }
            while (!ended);
        }));
        var tasks = Enumerable.Range(0, 10).Select(i => executor.Submit(async _ =>
        {
            EventLoop.Current!.LeavePump();
            await Task.Yield();
            EventLoop.Current!.LeavePump();
            return i;
        }).Future).ToArray();
        Assert.Equal(Enumerable.Range(0, 10), await Task.WhenAll(tasks).Within());
        await Waiting.OnThread(() => executor.Shutdown()).Within();
        Assert.True(returns[^1]);
        Assert.All(returns.SkipLast(1), Assert.False);
        Assert.Equal(21, returns.Count);
    }

    [Fact]
    public async Task Submit_HostFailsBeforeThePump_TasksFailWithItAndSubmitSaysSo()
    {
        var failure = new InvalidOperationException("no runspace");
        var gate = new Signal();
        await using var pool = new EventLoopPoolExecutor(1, StubHost.Options((_, _) =>
        {
            gate.Wait();
            throw failure;
        }));
        var loop = pool.EventLoops[0];
        var task = pool.Submit(Coroutines.Returning(1));
        gate.Open();
        var result = await task.ResultWithin();
        Assert.Equal(AsyncTaskStatus.Failed, result.Status);
        Assert.Same(failure, result.Exception!.InnerException);
        Assert.Contains("no runspace", result.Exception.Message);
        Assert.Same(failure, await Assert.ThrowsAsync<InvalidOperationException>(() => loop.Started.Within()));
        await loop.Completion.Within();
        Assert.Equal(0, loop.PendingCount);
        var refused = Assert.Throws<InvalidOperationException>(() => pool.Submit(Coroutines.Returning(1)));
        Assert.Contains("no runspace", refused.Message);
        await Waiting.OnThread(() => pool.Shutdown()).Within();
        Assert.Throws<ObjectDisposedException>(() => pool.Submit(Coroutines.Returning(1)));
    }

    [Fact]
    public async Task Stop_BeforeTheHostFails_StaysStoppedAndToldOfOnce()
    {
        var gate = new Signal();
        await using var pool = new EventLoopPoolExecutor(1, StubHost.Options((_, _) =>
        {
            gate.Wait();
            throw new InvalidOperationException("no runspace");
        }));
        var loop = pool.EventLoops[0];
        var observer = new RecordingObserver(1);
        var task = new StubTask<int>(static () => null);
        new TaskGroup(pool, 1, observer).Add(task);
        Assert.True(task.Stop());
        gate.Open();
        await loop.Completion.Within();
        Assert.Equal(AsyncTaskStatus.Stopped, task.Status);
        Assert.Equal(AsyncTaskStatus.Stopped, Assert.Single(observer.Results).Status);
        Assert.IsType<OperationCanceledException>(task.Result!.Exception);
    }

    [Fact]
    public async Task HostFactory_Throws_BreaksTheLoopAndNotTheConstructor()
    {
        await using var executor = new DefaultBackgroundExecutor(
            new EventLoopOptions { HostFactory = () => throw new InvalidOperationException("no host") });
        await Assert.ThrowsAsync<InvalidOperationException>(() => executor.EventLoop.Started.Within());
        await executor.EventLoop.Completion.Within();
        Assert.Contains("no host", Assert.Throws<InvalidOperationException>(() => executor.Submit(Coroutines.Returning(1))).Message);
    }

    [Fact]
    public async Task Host_OneOfTwoFails_TheOtherServesAll()
    {
        var made = 0;
        var failing = new TaskCompletionSource<EventLoop>();
        await using var pool = new EventLoopPoolExecutor(2, new EventLoopOptions
        {
            HostFactory = () => Interlocked.Increment(ref made) == 1
                ? new StubHost((loop, _) =>
                {
                    failing.SetResult(loop);
                    throw new InvalidOperationException("the first");
                })
                : new StubHost((_, pump) => pump()),
        });
        await (await failing.Task.Within()).Completion.Within();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(i, await pool.Submit(Coroutines.Returning(i)).Future.Within());
        }
    }

    [Fact]
    public async Task Host_ReturnsWithoutPumping_BreaksTheLoop()
    {
        await using var executor = new DefaultBackgroundExecutor(StubHost.Options((_, _) => { }));
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => executor.EventLoop.Started.Within());
        Assert.Contains("returned before", failure.Message);
    }

    [Fact]
    public async Task Host_FailsAfterTheFirstPump_PendingFailAndAFreshLoopTakesOver()
    {
        var failure = new InvalidOperationException("pipeline crashed");
        var crashed = 0;
        await using var pool = new EventLoopPoolExecutor(1, StubHost.Options((_, pump) =>
        {
            if (!pump() && Interlocked.Increment(ref crashed) == 1)
            {
                throw failure;
            }
        }));
        Signal suspended = new(), entered = new(), gate = new(), never = new();
        var broken = pool.EventLoops[0];
        var waiting = pool.Submit(Coroutines.Awaiting(suspended, never.Opened));
        await suspended.WaitAsync();
        var leaving = pool.Submit(_ =>
        {
            entered.Open();
            gate.Wait();
            EventLoop.Current!.LeavePump();
            return Task.FromResult(true);
        });
        await entered.WaitAsync();
        var queued = pool.Submit(Coroutines.Returning(true));
        gate.Open();
        Assert.Equal(AsyncTaskStatus.Succeeded, (await leaving.ResultWithin()).Status);
        foreach (var task in new[] { waiting, queued })
        {
            var result = await task.ResultWithin();
            Assert.Equal(AsyncTaskStatus.Failed, result.Status);
            Assert.Same(failure, result.Exception!.InnerException);
        }

        await broken.Completion.Within();
        Assert.Equal(2, await pool.Submit(Coroutines.Returning(2)).Future.Within());
        Assert.NotSame(broken, Assert.Single(pool.EventLoops));
    }

    [Fact]
    public async Task TaskGroup_LoopBreaksUnderIt_EveryTaskIsToldOf()
    {
        var gate = new Signal();
        await using var pool = new EventLoopPoolExecutor(1, StubHost.Options((_, _) =>
        {
            gate.Wait();
            throw new InvalidOperationException("no runspace");
        }));
        var observer = new RecordingObserver(50);
        var group = new TaskGroup(pool, 3, observer);
        var tasks = Enumerable.Range(0, 50).Select(_ => new StubTask<int>(() => null)).ToArray();
        foreach (var task in tasks)
        {
            group.Add(task);
        }

        gate.Open();
        await observer.All.Within();
        Assert.Equal(50, observer.Tasks.Distinct().Count());
        Assert.All(observer.Results, result => Assert.Equal(AsyncTaskStatus.Failed, result.Status));
    }

    [Fact]
    public async Task Host_CleanUpFails_ShutdownEndsAllTheSame()
    {
        var executor = new DefaultBackgroundExecutor(StubHost.Options((_, pump) =>
        {
            pump();
            throw new InvalidOperationException("of the clean-up");
        }));
        await executor.Submit(Coroutines.Returning(1)).Future.Within();
        await Waiting.OnThread(() => executor.Shutdown()).Within();
        await executor.EventLoop.Completion.Within();
    }
}
