using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>Tasks that could go on on a loop whose code waits, perhaps for them.</summary>
public sealed class HeldContinuationTests
{
    private readonly Signal _suspended = new();
    private readonly Signal _waiting = new();
    private readonly Signal _resume = new();

    [Fact]
    public async Task Wait_ForATaskThatIsSuspendedOnTheSameLoop_ItGoesOnOnAnother()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        EventLoop? resumed = null;
        var suspended = pool.Submit(async _ =>
        {
            _suspended.Open();
            await _resume.Opened;
            resumed = EventLoop.Current;
            return 4;
        });
        await _suspended.WaitAsync();
        var waiter = pool.Submit(_ => Task.FromResult(WaitFor(suspended.Future)));
        await _waiting.WaitAsync();
        _resume.Open();
        Assert.Equal(4, await waiter.Future.Within());
        Assert.Same(suspended.EventLoop, resumed);
        Assert.NotSame(waiter.EventLoop, resumed);
        Assert.Equal(0, pool.PendingCount);
    }

    /// <summary>Its continuation is in the queue before the wait begins.</summary>
    [Fact]
    public async Task Wait_ForATaskWhoseTurnWouldBeNext_ItGoesOnOnAnother()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        var suspended = pool.Submit(Coroutines.AwaitingDeafly(_suspended, _resume.Opened));
        await _suspended.WaitAsync();
        var waiter = pool.Submit(_ =>
        {
            _resume.Open();
            return Task.FromResult(WaitFor(suspended.Future));
        });
        Assert.True(await waiter.Future.Within());
    }

    [Fact]
    public async Task Wait_LoopOfTheTaskIsGivenUp_ItGoesOnAllTheSame()
    {
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { GracePeriod = TimeSpan.FromMilliseconds(50) });
        Signal entered = new(), gate = new();
        var waiter = pool.Submit(_ => Task.FromResult(WaitFor(pool.Submit(Coroutines.Awaiting(_suspended, _resume.Opened)).Future)));
        await _suspended.WaitAsync();
        var stuck = pool.Submit(Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        stuck.Stop();
        await stuck.ResultWithin();
        _resume.Open();
        Assert.True(await waiter.Future.Within());
        gate.Open();
    }

    [Fact]
    public async Task Wait_OtherCallbacksForTheLoop_RunThereInTheirOrderAfterwards()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        var loop = pool.EventLoops[0];
        var suspended = pool.Submit(Coroutines.Awaiting(_suspended, _resume.Opened));
        await _suspended.WaitAsync();
        List<(int, EventLoop?)> ran = [];
        var last = new Signal();
        var waiter = pool.Submit(_ => Task.FromResult(WaitFor(suspended.Future)));
        await _waiting.WaitAsync();
        loop.Post(_ => ran.Add((1, EventLoop.Current)), null);
        loop.Post(_ => ran.Add((2, EventLoop.Current)), null);
        _resume.Open();
        await waiter.Future.Within();
        loop.Post(_ => ran.Add((3, EventLoop.Current)), null);
        loop.Post(_ => last.Open(), null);
        await last.WaitAsync();
        Assert.Equal([(1, loop), (2, loop), (3, loop)], ran);
    }

    /// <summary>Its other part is on the thread, which waits: never are there two threads with code of one task.</summary>
    [Fact]
    public async Task Wait_OfTheTaskItself_ItsOtherPartStaysOnTheLoop()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        var release = new TaskCompletionSource<int>();
        var moved = pool.Submit(Coroutines.Awaiting(_suspended, _resume.Opened));
        await _suspended.WaitAsync();
        EventLoop? other = null;
        var task = pool.Submit(async _ =>
        {
            var part = Part();
            WaitFor(release.Task);
            await part;
            return EventLoop.Current;
        });
        await _waiting.WaitAsync();
        var loop = task.EventLoop;
        _resume.Open();

        // The one that may move has, so the monitor has been there.
        Assert.True(await moved.Future.Within());
        Assert.Null(other);
        Assert.Same(loop, task.EventLoop);
        release.SetResult(0);
        Assert.Same(loop, await task.Future.Within());
        Assert.Same(loop, other);

        async Task Part()
        {
            await _resume.Opened;
            other = EventLoop.Current;
        }
    }

    [Fact]
    public async Task Wait_TaskThatMovedIsStopped_ItsCodeIsAskedAndThePoolEnds()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        var end = new TaskCompletionSource<bool>();
        var again = new Signal();
        var suspended = pool.Submit(async token =>
        {
            _suspended.Open();
            await _resume.Opened;
            again.Open();
            await end.Task.WaitAsync(token);
            return true;
        });
        await _suspended.WaitAsync();
        var waiter = pool.Submit(_ =>
        {
            using (EventLoop.EnterWait())
            {
                _waiting.Open();
                ((IAsyncResult)suspended.Future).AsyncWaitHandle.WaitOne();
            }

            return Task.FromResult(suspended.Status);
        });
        await _waiting.WaitAsync();
        _resume.Open();
        await again.WaitAsync();
        suspended.Stop();
        Assert.Equal(AsyncTaskStatus.Stopped, await waiter.Future.Within());
        await Waiting.OnThread(() => pool.Shutdown()).Within();
    }

    [Fact]
    public async Task Wait_NoOtherLoopCanBeSetUp_TheTaskFailsWithTheReason()
    {
        var made = 0;
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions
        {
            HostFactory = () => Interlocked.Increment(ref made) == 1 ? new StubHost((_, pump) => pump()) : throw new InvalidOperationException("only one"),
        });
        var suspended = pool.Submit(Coroutines.Awaiting(_suspended, _resume.Opened));
        await _suspended.WaitAsync();
        var waiter = pool.Submit(_ => Task.FromResult(WaitFor(suspended.Future)));
        await _waiting.WaitAsync();
        _resume.Open();
        Assert.Contains("only one", (await suspended.ResultWithin()).Exception!.Message, StringComparison.Ordinal);
        Assert.Equal(AsyncTaskStatus.Failed, (await waiter.ResultWithin()).Status);
        Assert.Equal(3, await pool.Submit(Coroutines.Returning(3)).Future.Within());
    }

    /// <summary>In the first wait the task itself held the loop; in the second it is what is waited for.</summary>
    [Fact]
    public async Task Wait_ForATaskThatHeldTheLoopInAWaitBefore_ItGoesOnOnAnother()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        var loop = pool.EventLoops[0];
        Signal resumePart = new(), waited = new();
        var release = new TaskCompletionSource<int>();
        var looked = pool.Submit(Coroutines.Awaiting(_suspended, _resume.Opened));
        await _suspended.WaitAsync();
        var task = pool.Submit(async _ =>
        {
            var part = Part();
            var first = WaitFor(release.Task);
            return first + await part;
        });
        await _waiting.WaitAsync();
        loop.Post(_ => Finish(WaitFor(task.Future)), null);
        resumePart.Open();

        // The one that may move has, so the monitor has seen the two before it.
        _resume.Open();
        Assert.True(await looked.Future.Within());
        release.SetResult(1);
        Assert.Equal(3, await task.Future.Within());
        await waited.WaitAsync();

        async Task<int> Part()
        {
            await resumePart.Opened;
            return 2;
        }

        void Finish(int result)
        {
            Assert.Equal(3, result);
            waited.Open();
        }
    }

    /// <summary>The code that holds the loop is well, and nobody wants it to end.</summary>
    [Fact]
    public async Task Stop_OtherCodeHasMuchToDo_TheTaskHasItsTimeOnceMoreToCleanUp()
    {
        var time = new FakeTimeProvider();
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = time });
        var hasCleanedUp = false;
        Signal entered = new(), gate = new(), otherSuspended = new();
        var suspended = pool.Submit(async token =>
        {
            try
            {
                _suspended.Open();
                await _resume.Opened.WaitAsync(token);
            }
            finally
            {
                hasCleanedUp = true;
            }

            return true;
        });
        await _suspended.WaitAsync();
        var deaf = pool.Submit(Coroutines.AwaitingDeafly(otherSuspended, gate.Opened));
        await otherSuspended.WaitAsync();
        var busy = pool.Submit(Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        deaf.Stop();
        time.Advance(pool.EventLoops[0].GracePeriod);
        Assert.Equal(AsyncTaskStatus.Running, deaf.Status);
        suspended.Stop();
        time.Advance(pool.EventLoops[0].GracePeriod);
        Assert.Equal(AsyncTaskStatus.Stopped, deaf.Status);
        Assert.Equal(AsyncTaskStatus.Running, suspended.Status);
        gate.Open();
        Assert.Equal(AsyncTaskStatus.Stopped, (await suspended.ResultWithin()).Status);
        Assert.True(hasCleanedUp);
        Assert.True(await busy.Future.Within());
    }

    [Fact]
    public async Task Send_ToTheOwnContextAfterAMove_RunsAtOnceInTheTask()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        var suspended = pool.Submit(async _ =>
        {
            var context = SynchronizationContext.Current!;
            _suspended.Open();
            await _resume.Opened;
            EventLoop? sent = null;
            context.Send(_ => sent = EventLoop.Current, null);
            return sent;
        });
        await _suspended.WaitAsync();
        var waiter = pool.Submit(_ => Task.FromResult(WaitFor(suspended.Future)));
        await _waiting.WaitAsync();
        _resume.Open();
        var sent = await waiter.Future.Within();
        Assert.Same(suspended.EventLoop, sent);
        Assert.NotSame(waiter.EventLoop, sent);
    }

    private T WaitFor<T>(Task<T> task)
    {
        using (EventLoop.EnterWait())
        {
            _waiting.Open();
            return task.GetAwaiter().GetResult();
        }
    }
}
