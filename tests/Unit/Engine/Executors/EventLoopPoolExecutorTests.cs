namespace AsyncExecutors.Tests.Engine.Executors;

public sealed class EventLoopPoolExecutorTests : AsyncExecutorCases
{
    [Fact]
    public async Task Submit_OneTaskByTwoThreads_OneIsRefusedAndTheTaskCountsOnce()
    {
        const int Tasks = 5000;
        var pool = new EventLoopPoolExecutor(2);
        var tasks = Enumerable.Range(0, Tasks).Select(static _ => new StubTask<int>(static () => null)).ToArray();
        var arrived = 0;
        var refused = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Waiting.OnThread(() => tasks.Count(IsRefused)))).Within();
        Assert.Equal(Tasks, refused.Sum());
        await Waiting.OnThread(() => pool.Shutdown()).Within();
        Assert.All(tasks, static task => Assert.Equal(AsyncTaskStatus.Succeeded, task.Status));
        Assert.Equal(0, pool.PendingCount);

        bool IsRefused(TaskInfo task)
        {
            // The two meet before each task, and then have some hundred nanoseconds.
            var all = (Interlocked.Increment(ref arrived) + 1) / 2 * 2;
            for (var spins = 0; Volatile.Read(ref arrived) < all; spins++)
            {
                if (spins > 10_000)
                {
                    Thread.Yield();
                }
            }

            try
            {
                pool.Submit(task);
                return false;
            }
            catch (InvalidOperationException)
            {
                return true;
            }
        }
    }

    [Fact]
    public async Task Submit_RefusedByAPoolThatWasShutDown_AnotherMayHaveTheTask()
    {
        await using var other = new EventLoopPoolExecutor();
        var pool = new EventLoopPoolExecutor();
        await Waiting.OnThread(() => pool.Shutdown()).Within();
        var task = new StubTask<int>(static () => null);
        Assert.Throws<ObjectDisposedException>(() => pool.Submit(task));
        other.Submit(task);
        Assert.Equal(AsyncTaskStatus.Succeeded, (await task.ResultWithin()).Status);
    }

    [Fact]
    public async Task New_PoolSize_SoManyNamedLoops()
    {
        await using var pool = new EventLoopPoolExecutor(3, new EventLoopOptions { Name = "work" });
        await pool.Started.Within();
        Assert.Equal(3, pool.PoolSize);
        Assert.Equal(3, pool.MaxPoolSize);
        Assert.Equal(["work-1", "work-2", "work-3"], pool.EventLoops.Select(loop => loop.Name).Order());
        Assert.Equal(3, pool.EventLoops.Select(loop => loop.Thread).Distinct().Count());
    }

    [Fact]
    public async Task New_NoSizeOrNone_OneLoopOrRefused()
    {
        await using var pool = new EventLoopPoolExecutor();
        Assert.Equal(1, pool.PoolSize);
        Assert.Throws<ArgumentOutOfRangeException>(() => new EventLoopPoolExecutor(0));
    }

    [Fact]
    public async Task Submit_EqualLoops_TiesSpreadEvenly()
    {
        await using var pool = new EventLoopPoolExecutor(4);
        var gate = new Signal();
        var tasks = Enumerable.Range(0, 400).Select(_ => pool.Submit(Coroutines.AwaitingDeafly(new Signal(), gate.Opened))).ToArray();
        Assert.All(pool.EventLoops, loop => Assert.Equal(100, loop.PendingCount));
        Assert.Equal(400, pool.PendingCount);
        gate.Open();
        await Task.WhenAll(tasks.Select(task => task.Future)).Within();
        Assert.Equal(0, pool.PendingCount);
    }

    [Fact]
    public async Task Submit_OneByOneToIdleLoops_AllGetSome()
    {
        await using var pool = new EventLoopPoolExecutor(3);
        var seen = new HashSet<EventLoop>();
        for (var i = 0; i < 30; i++)
        {
            var task = pool.Submit(Coroutines.Returning(i));
            await task.Future.Within();
            seen.Add(task.EventLoop!);
        }

        Assert.Equal(3, seen.Count);
    }

    [Fact]
    public async Task GetEventLoop_SomeLoopsLoaded_IsTheLeastLoaded()
    {
        await using var pool = new EventLoopPoolExecutor(3);
        Signal gate = new();
        var first = pool.Submit(Coroutines.AwaitingDeafly(new Signal(), gate.Opened));
        var second = pool.Submit(Coroutines.AwaitingDeafly(new Signal(), gate.Opened));
        for (var i = 0; i < 10; i++)
        {
            var (loop, index) = pool.GetEventLoop();
            Assert.Same(loop, pool.EventLoops[index]);
            Assert.DoesNotContain(loop, new[] { first.EventLoop!, second.EventLoop! });
        }

        gate.Open();
    }

    [Fact]
    public async Task GetEventLoop_AfterShutdown_ObjectDisposed()
    {
        var pool = new EventLoopPoolExecutor(2);
        Assert.False(pool.IsShutdown);
        await Waiting.OnThread(() => pool.Shutdown()).Within();
        Assert.True(pool.IsShutdown);
        Assert.Throws<ObjectDisposedException>(() => pool.GetEventLoop());
        await pool.Completion.Within();
    }

    [Fact]
    public async Task Submit_LoopHeld_AnotherTakesWhatWaitsThere()
    {
        await using var pool = new EventLoopPoolExecutor(2);
        Signal entered1 = new(), entered2 = new(), gate1 = new(), gate2 = new();
        var first = pool.Submit(Coroutines.Blocking(entered1, gate1));
        var second = pool.Submit(Coroutines.Blocking(entered2, gate2));
        await entered1.WaitAsync();
        await entered2.WaitAsync();
        var queued = Enumerable.Range(0, 10).Select(i => pool.Submit(Coroutines.Returning(i))).ToArray();
        gate1.Open();
        Assert.Equal(Enumerable.Range(0, 10), await Task.WhenAll(queued.Select(task => task.Future)).Within());
        Assert.All(queued, task => Assert.Same(first.EventLoop, task.EventLoop));
        Assert.Null(second.Result);
        gate2.Open();
    }

    [Fact]
    public async Task Submit_ALoopHasDoneAllOfMuch_GoesToItAndNotToTheOneThatIsHeld()
    {
        await using var pool = new EventLoopPoolExecutor(2);
        Signal entered1 = new(), entered2 = new(), gate1 = new(), gate2 = new();
        _ = pool.Submit(Coroutines.Blocking(entered1, gate1));
        var second = pool.Submit(Coroutines.Blocking(entered2, gate2));
        await entered1.WaitAsync();
        await entered2.WaitAsync();
        var queued = Enumerable.Range(0, 200).Select(i => pool.Submit(Coroutines.Returning(i))).ToArray();
        gate2.Open();
        await Task.WhenAll(queued.Select(task => task.Future)).Within();
        var free = second.EventLoop!;
        await free.Thread.SleepsWithin();
        Assert.Same(free, pool.GetEventLoop().EventLoop);
        gate1.Open();
    }

    [Fact]
    public async Task Run_FromTheOnlyLoopThreeLevelsDeep_Works()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        var sum = await Waiting.OnThread(() => pool.Run(_ => Task.FromResult(1 +
            pool.Run(_ => Task.FromResult(10 +
                pool.Run(_ => Task.FromResult(100 + pool.Run(Coroutines.Returning(1000))))))))).Within();
        Assert.Equal(1111, sum);
    }

    [Fact]
    public async Task RunMultiple_FromTheOnlyLoopNested_Works()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        var total = await Waiting.OnThread(() => pool.RunMultiple(Enumerable.Range(0, 5).Select<int, Func<CancellationToken, Task<int>>>(_ =>
            _ => Task.FromResult(pool.RunMultiple(Enumerable.Range(0, 5).Select(Coroutines.Returning)).Count(result => result.Success))))
            .Sum(result => (int)result.Output!)).Within();
        Assert.Equal(25, total);
    }

    [Fact]
    public async Task WrapAsyncEnumerable_FromTheOnlyLoop_Works()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        Assert.Equal(3, await Waiting.OnThread(() =>
            pool.Run(_ => Task.FromResult(pool.WrapAsyncEnumerable(AsyncEnumerable.Range(0, 3)).Count()))).Within());
    }

    [Fact]
    public async Task Submit_AfterANestedRun_OnlyTheOldLoopBeginsTasks()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        Assert.Equal(2, await Waiting.OnThread(() => pool.Run(_ => Task.FromResult(pool.Run(Coroutines.Returning(2))))).Within());
        Signal entered = new(), gate = new();
        var holding = pool.Submit(Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        var queued = Enumerable.Range(0, 20).Select(_ => pool.Submit(_ => Task.FromResult(gate.IsOpen))).ToArray();
        gate.Open();
        Assert.All(await Task.WhenAll(queued.Select(task => task.Future)).Within(), Assert.True);
        Assert.All(queued, task => Assert.Same(holding.EventLoop, task.EventLoop));
    }

    [Fact]
    public async Task EnterWait_ATaskWaitsForOneQueuedBehindIt_DoesNotDeadlock()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        Signal entered = new(), gate = new();
        TaskInfo<int>? second = null;
        var first = pool.Submit(_ =>
        {
            entered.Open();
            gate.Wait();
            using (EventLoop.EnterWait())
            {
                return Task.FromResult(second!.Future.Wait(Waiting.Limit));
            }
        });
        await entered.WaitAsync();
        second = pool.Submit(Coroutines.Returning(2));
        pool.Shutdown(wait: false);
        gate.Open();
        Assert.True(await first.Future.Within());
        await pool.Completion.Within();
    }

    [Fact]
    public async Task AllowLoops_TenTasksThatBlock_AllSideBySide()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        pool.AllowLoops(10);
        pool.AllowLoops(5);
        Assert.Equal(10, pool.MaxPoolSize);
        using var all = new Barrier(10);
        var tasks = Enumerable.Range(0, 10).Select(_ => pool.Submit(_ => Task.FromResult(all.SignalAndWait(Waiting.Limit))).Future).ToArray();
        Assert.All(await Task.WhenAll(tasks).Within(), Assert.True);
        Assert.Equal(10, pool.EventLoops.Count);
    }

    [Fact]
    public async Task AllowLoops_TasksThatAwait_NoLoopIsAdded()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        pool.AllowLoops(10);
        var gate = new Signal();
        var tasks = Enumerable.Range(0, 1000).Select(_ => pool.Submit(Coroutines.AwaitingDeafly(new Signal(), gate.Opened)).Future).ToArray();
        gate.Open();
        await Task.WhenAll(tasks).Within();
        Assert.Single(pool.EventLoops);
    }

    [Fact]
    public async Task AllowLoops_ContinuationsThatBlock_QueuedTasksGoOn()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        pool.AllowLoops(2);
        Signal entered = new(), gate = new();
        var first = pool.Submit(async _ =>
        {
            await Task.Yield();
            entered.Open();
            gate.Wait();
            return 1;
        });
        await entered.WaitAsync();
        Assert.Equal(2, await pool.Submit(Coroutines.Returning(2)).Future.Within());
        Assert.Null(first.Result);
        gate.Open();
    }

    [Fact]
    public async Task StopPending_OfManySubmittedConcurrently_AllEndAndLaterOnesRun()
    {
        await using var pool = new EventLoopPoolExecutor(2);
        for (var round = 0; round < 100; round++)
        {
            var tasks = Enumerable.Range(0, 20).Select(_ => pool.Submit(Coroutines.Awaiting(new Signal(), new Signal().Opened))).ToArray();
            pool.StopPending();
            foreach (var task in tasks)
            {
                Assert.Equal(AsyncTaskStatus.Stopped, (await task.ResultWithin()).Status);
            }

            Assert.Equal(round, await pool.Submit(Coroutines.Returning(round)).Future.Within());
        }
    }

    private protected override IAsyncExecutor Make(EventLoopOptions? options = null) => new EventLoopPoolExecutor(2, options);
}
