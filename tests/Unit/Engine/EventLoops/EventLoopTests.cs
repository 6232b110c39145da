namespace AsyncExecutors.Tests.Engine.EventLoops;

public sealed class EventLoopTests : IDisposable
{
    private readonly DefaultBackgroundExecutor _executor = new(new EventLoopOptions { Name = "Loop" });

    private EventLoop Loop => _executor.EventLoop;

    public void Dispose() => _executor.Dispose();

    [Fact]
    public void Thread_OfALoop_IsNamedAndBackground()
    {
        Assert.StartsWith("Loop", Loop.Name);
        Assert.Equal(Loop.Name, Loop.Thread.Name);
        Assert.True(Loop.Thread.IsBackground);
    }

    [Fact]
    public async Task Started_PlainLoop_Ends() => await Loop.Started.Within();

    [Fact]
    public async Task Current_OnAndOffTheLoop_IsTheLoopOrNull()
    {
        Assert.Null(EventLoop.Current);
        Assert.Same(Loop, await _executor.Submit(_ => Task.FromResult(EventLoop.Current)).Future.Within());
    }

    [Fact]
    public async Task Post_SeveralCallbacks_RunInOrderOnTheLoopsThread()
    {
        var seen = new List<(int, Thread)>();
        var done = new Signal();
        for (var i = 0; i < 100; i++)
        {
            Loop.Post(state => seen.Add(((int)state!, Thread.CurrentThread)), i);
        }

        Loop.Post(_ => done.Open(), null);
        await done.WaitAsync();
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (i, Loop.Thread)), seen);
    }

    [Fact]
    public void Post_Null_Refused() => Assert.Throws<ArgumentNullException>(() => Loop.Post(null!, null));

    [Fact]
    public async Task Post_WhileAnItemRuns_RunsAfterIt()
    {
        var order = new List<string>();
        var done = new Signal();
        var task = _executor.Submit(_ =>
        {
            Loop.Post(
                _ =>
                {
                    order.Add("posted");
                    done.Open();
                },
                null);
            order.Add("item");
            return Task.FromResult(true);
        });
        await task.Future.Within();
        await done.WaitAsync();
        Assert.Equal(["item", "posted"], order);
    }

    [Fact]
    public async Task Post_LoopHasEnded_RunsAllTheSame()
    {
        _executor.Shutdown();
        var done = new Signal();
        Loop.Post(_ => done.Open(), null);
        await done.WaitAsync();
    }

    [Fact]
    public async Task UnhandledException_CallbackThrows_RaisedAndTheLoopGoesOn()
    {
        var failure = new InvalidOperationException("of a callback");
        var raised = new TaskCompletionSource<UnhandledExceptionEventArgs>();
        Loop.UnhandledException += (sender, args) =>
        {
            Assert.Same(Loop, sender);
            raised.TrySetResult(args);
        };
        Loop.Post(_ => throw failure, null);
        var args = await raised.Task.Within();
        Assert.Same(failure, args.ExceptionObject);
        Assert.False(args.IsTerminating);
        Assert.Equal(1, await _executor.Submit(Coroutines.Returning(1)).Future.Within());
    }

    [Fact]
    public async Task UnhandledException_HandlerThrowsOrNone_TheLoopGoesOn()
    {
        Loop.Post(_ => throw new InvalidOperationException("nobody listens"), null);
        Loop.UnhandledException += (_, _) => throw new InvalidOperationException("of a handler");
        Loop.Post(_ => throw new InvalidOperationException("of a callback"), null);
        Assert.Equal(1, await _executor.Submit(Coroutines.Returning(1)).Future.Within());
    }

    [Fact]
    public async Task UnhandledException_AsyncVoidThrows_RaisedOnTheLoop()
    {
        var raised = new TaskCompletionSource<Thread>();
        Loop.UnhandledException += (_, _) => raised.TrySetResult(Thread.CurrentThread);
        await _executor.Submit(_ =>
        {
            Fails();
            return Task.FromResult(true);
        }).Future.Within();
        Assert.Same(Loop.Thread, await raised.Task.Within());

        static async void Fails()
        {
            await Task.Yield();
            throw new InvalidOperationException("of async void");
        }
    }

    [Fact]
    public async Task PendingCount_RunningWaitingAndQueued_CountsAllUntilTheyEnd()
    {
        Signal suspended = new(), entered = new(), gate = new(), release = new();
        var first = _executor.Submit(Coroutines.Awaiting(suspended, release.Opened));
        await suspended.WaitAsync();
        var second = _executor.Submit(Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        var third = _executor.Submit(Coroutines.Returning(true));
        Assert.Equal(3, Loop.PendingCount);
        Assert.Equal(1, Loop.QueuedCount);
        Assert.Contains("3 pending", Loop.ToString());
        gate.Open();
        release.Open();
        await Task.WhenAll(first.Future, second.Future, third.Future).Within();
        Assert.Equal(0, Loop.PendingCount);
        Assert.Equal(0, Loop.QueuedCount);
    }

    [Fact]
    public async Task Tasks_RunToCompletion_NeverInterleaveWithoutAwait()
    {
        var inside = 0;
        var tasks = Enumerable.Range(0, 200).Select(_ => _executor.Submit(async _ =>
        {
            for (var turn = 0; turn < 5; turn++)
            {
                Assert.Equal(1, Interlocked.Increment(ref inside));
                Thread.SpinWait(50);
                Interlocked.Decrement(ref inside);
                await Task.Yield();
            }

            return true;
        }).Future).ToArray();
        Assert.All(await Task.WhenAll(tasks).Within(), Assert.True);
    }

    [Fact]
    public async Task SynchronizationContext_AfterAwait_BringsBackToTheLoop()
    {
        var threads = await _executor.Submit(async _ =>
        {
            var seen = new List<Thread> { Thread.CurrentThread };
            await Task.Yield();
            seen.Add(Thread.CurrentThread);
            await Task.Run(() => { });
            seen.Add(Thread.CurrentThread);
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            seen.Add(Thread.CurrentThread);
            return seen;
        }).Future.Within();
        Assert.Equal([Loop.Thread, Loop.Thread, Loop.Thread], threads.Take(3));
        Assert.NotSame(Loop.Thread, threads[3]);
    }

    [Fact]
    public async Task SynchronizationContext_SetByATask_IsNotTheNextOnes()
    {
        await _executor.Submit(_ =>
        {
            SynchronizationContext.SetSynchronizationContext(null);
            return Task.FromResult(true);
        }).Future.Within();
        Assert.NotNull(await _executor.Submit(_ => Task.FromResult(SynchronizationContext.Current)).Future.Within());
    }

    [Fact]
    public async Task Send_FromElsewhereAndFromTheLoop_RunsOnTheLoopAndReturnsAfterwards()
    {
        var context = Loop.SynchronizationContext;
        var thread = await Waiting.OnThread(() =>
        {
            Thread? seen = null;
            context.Send(_ => seen = Thread.CurrentThread, null);
            return seen;
        }).Within();
        Assert.Same(Loop.Thread, thread);
        Assert.True(await _executor.Submit(_ =>
        {
            var ran = false;
            context.Send(_ => ran = true, null);
            return Task.FromResult(ran);
        }).Future.Within());
        Assert.Same(context, context.CreateCopy());
    }

    [Fact]
    public async Task Send_CallbackThrows_ThrowsToTheCaller()
    {
        var failure = new InvalidOperationException("sent");
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            Waiting.OnThread(() => Loop.SynchronizationContext.Send(_ => throw failure, null)).Within());
        Assert.Same(failure, thrown);
    }

    [Fact]
    public void EnterWait_OffALoop_MeansNothing()
    {
        using (EventLoop.EnterWait())
        {
            Assert.Null(EventLoop.Current);
        }
    }

    [Fact]
    public async Task Completion_Shutdown_EndsWithTheThread()
    {
        var loop = Loop;
        _executor.Shutdown();
        await loop.Completion.Within();
        loop.Thread.EndsWithin();
    }

    [Fact]
    public async Task Callbacks_PostingThemselvesOn_DoNotKeepTasksFromRunning()
    {
        var stop = false;
        Again(null);
        Assert.Equal(1, await _executor.Submit(Coroutines.Returning(1)).Future.Within());
        Volatile.Write(ref stop, true);

        void Again(object? state)
        {
            if (!Volatile.Read(ref stop))
            {
                Loop.Post(Again, null);
            }
        }
    }
}
