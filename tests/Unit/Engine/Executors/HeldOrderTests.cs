using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>What a loop whose code waits keeps for itself, and what happens to tasks when no other loop can be had.</summary>
public sealed class HeldOrderTests
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly Signal _suspended = new();
    private readonly Signal _resume = new();

    [Fact]
    public async Task Wait_CallbacksWereKept_ShutdownEnds()
    {
        var pool = new EventLoopPoolExecutor(1);
        var ran = new Signal();
        var suspended = pool.Submit(Coroutines.Awaiting(_suspended, _resume.Opened));
        await _suspended.WaitAsync();
        var waiter = pool.Submit(_ =>
        {
            EventLoop.Current!.Post(_ => ran.Open(), null);
            _resume.Open();
            return Task.FromResult(WaitFor(suspended.Future));
        });
        Assert.True(await waiter.Future.Within());
        await ran.WaitAsync();
        await Waiting.OnThread(() => pool.Shutdown()).Within();
    }

    /// <summary>They have waited before.</summary>
    [Fact]
    public async Task Wait_CallbacksWereKept_TheyRunBeforeAnythingBegins()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        List<int> ran = [];
        TaskInfo<bool>? next = null;
        var suspended = pool.Submit(Coroutines.Awaiting(_suspended, _resume.Opened));
        await _suspended.WaitAsync();
        var waiter = pool.Submit(_ =>
        {
            var loop = EventLoop.Current!;
            for (var i = 0; i < 3; i++)
            {
                loop.Post(i => ran.Add((int)i!), i);
            }

            _resume.Open();
            WaitFor(suspended.Future);
            next = pool.Submit(_ =>
            {
                ran.Add(3);
                return Task.FromResult(EventLoop.Current == loop);
            });
            return Task.FromResult(true);
        });
        Assert.True(await waiter.Future.Within());
        Assert.True(await next!.Future.Within());
        Assert.Equal([0, 1, 2, 3], ran);
    }

    /// <summary>They are looked at again in each wait of other code.</summary>
    [Fact]
    public async Task Wait_InACallbackThatWasKept_TheOthersStayInTheirOrder()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        List<int> ran = [];
        Signal again = new(), resumeAgain = new(), last = new();
        var first = pool.Submit(Coroutines.Awaiting(_suspended, _resume.Opened));
        await _suspended.WaitAsync();
        var second = pool.Submit(Coroutines.Awaiting(again, resumeAgain.Opened));
        await again.WaitAsync();
        var waiter = pool.Submit(_ =>
        {
            var loop = EventLoop.Current!;
            loop.Post(
                _ =>
                {
                    resumeAgain.Open();
                    WaitFor(second.Future);
                },
                null);
            for (var i = 0; i < 3; i++)
            {
                loop.Post(i => ran.Add((int)i!), i);
            }

            loop.Post(_ => last.Open(), null);
            _resume.Open();
            return Task.FromResult(WaitFor(first.Future));
        });
        Assert.True(await waiter.Future.Within());
        await last.WaitAsync();
        Assert.True(await second.Future.Within());
        Assert.Equal([0, 1, 2], ran);
    }

    /// <summary>Two threads must not have code of one loop's tasks; and nothing says that this code waits for them.</summary>
    [Fact]
    public async Task Wait_OfAnotherLoop_TasksOfOneThatIsBusyStayThere()
    {
        var clock = new FakeTimeProvider();
        await using var pool = new EventLoopPoolExecutor(2, new EventLoopOptions { TimeProvider = clock });
        Signal otherSuspended = new(), busy = new(), gate = new(), waiting = new(), end = new();
        var stays = pool.Submit(Coroutines.Awaiting(_suspended, _resume.Opened));
        await _suspended.WaitAsync();
        var moves = pool.Submit(Coroutines.Awaiting(otherSuspended, end.Opened));
        await otherSuspended.WaitAsync();
        stays.EventLoop!.Post(
            _ =>
            {
                busy.Open();
                gate.Wait();
            },
            null);
        await busy.WaitAsync();
        moves.EventLoop!.Post(
            _ =>
            {
                waiting.Open();
                WaitFor(moves.Future);
            },
            null);
        await waiting.WaitAsync();

        // The pool adds a loop for it when it has found the other held twice, and this one waiting, which it is in a moment.
        var queued = pool.Submit(Coroutines.Returning(true));
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                clock.Advance(Look);
                return queued.Future.IsCompleted;
            },
            Waiting.Limit));
        Assert.Equal(3, pool.EventLoops.Count);
        var loop = stays.EventLoop;
        _resume.Open();
        end.Open();
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                clock.Advance(Look);
                return moves.Future.IsCompleted;
            },
            Waiting.Limit));
        Assert.NotSame(moves.EventLoop, loop);
        Assert.Same(loop, stays.EventLoop);
        Assert.Equal(AsyncTaskStatus.Running, stays.Status);
        gate.Open();
        Assert.True(await stays.Future.Within());
        Assert.Same(loop, stays.EventLoop);
    }

    /// <summary>Where it was is held by now, by code that does not wait for it.</summary>
    [Fact]
    public async Task Wait_TaskHasMoved_AContinuationForTheLoopBeforeFollowsIt()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        Signal resumePart = new(), held = new(), gate = new();
        var moved = new TaskCompletionSource<int>();
        var task = pool.Submit(async _ =>
        {
            var part = Part();
            _suspended.Open();
            await _resume.Opened;
            moved.SetResult(0);
            return (await part, EventLoop.Current);
        });
        await _suspended.WaitAsync();
        var waiter = pool.Submit(_ =>
        {
            _resume.Open();
            WaitFor(moved.Task);
            held.Open();
            gate.Wait();
            return Task.FromResult(true);
        });
        await held.WaitAsync();
        resumePart.Open();
        var (part, loop) = await task.Future.Within();
        Assert.Same(loop, part);
        Assert.NotSame(waiter.EventLoop, part);
        gate.Open();
        Assert.True(await waiter.Future.Within());

        async Task<EventLoop?> Part()
        {
            await resumePart.Opened;
            return EventLoop.Current;
        }
    }

    /// <summary>It was kept while its own code held the loop, and is what is waited for now.</summary>
    [Fact]
    public async Task Wait_ForATaskThatWasKept_NoOtherLoopCanBeHad_TheTaskFails()
    {
        var made = 0;
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions
        {
            HostFactory = () => Interlocked.Increment(ref made) <= 2
                ? new StubHost(static (_, pump) => pump())
                : throw new InvalidOperationException("only two"),
        });
        Signal holding = new(), resumePart = new(), ended = new(), elsewhere = new(), end = new();
        var release = new TaskCompletionSource<int>();
        var other = pool.Submit(async _ =>
        {
            _suspended.Open();
            await _resume.Opened;
            elsewhere.Open();
            return WaitFor(end.Opened.ContinueWith(static _ => 0, TaskScheduler.Default));
        });
        await _suspended.WaitAsync();
        var task = pool.Submit(async _ =>
        {
            var part = Part();
            holding.Open();
            return WaitFor(release.Task) + await part;
        });
        await holding.WaitAsync();
        task.EventLoop!.Post(
            _ =>
            {
                using (EventLoop.EnterWait())
                {
                    ((IAsyncResult)task.Future).AsyncWaitHandle.WaitOne();
                }

                ended.Open();
            },
            null);
        resumePart.Open();
        _resume.Open();
        await elsewhere.WaitAsync();
        release.SetResult(1);
        Assert.Contains("only two", (await task.ResultWithin()).Exception!.Message, StringComparison.Ordinal);
        await ended.WaitAsync();
        end.Open();
        Assert.Equal(0, await other.Future.Within());

        async Task<int> Part()
        {
            await resumePart.Opened;
            return 2;
        }
    }

    private static T WaitFor<T>(Task<T> task)
    {
        using (EventLoop.EnterWait())
        {
            return task.GetAwaiter().GetResult();
        }
    }
}
