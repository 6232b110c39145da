using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>How a wait is announced. The clock stands still unless told, and so does the pool's look at its loops.</summary>
public sealed class EnterWaitTests
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly RefusingClock _clock = new();
    private readonly Signal _entered = new();
    private readonly Signal _gate = new();

    /// <summary>Its continuation is in the queue before the wait begins, and nothing comes afterwards.</summary>
    [Fact]
    public async Task EnterWait_ForATaskWhoseTurnWouldBeNext_ThePoolLooks()
    {
        await using var pool = Pool();
        var resume = new TaskCompletionSource<int>();
        var suspended = await Suspend(pool, resume);
        var waiter = pool.Submit(_ =>
        {
            Hold();
            resume.SetResult(1);
            return Task.FromResult(WaitFor(suspended.Future));
        });
        await LetThePoolRest();
        Assert.Equal(1, await Looking(waiter.Future));
    }

    /// <summary>The pool's timer may refuse, as when the code's thread was interrupted.</summary>
    [Fact]
    public async Task EnterWait_CannotBeAnnounced_ThrowsAndThereIsNoWait()
    {
        await using var pool = Pool();
        var resume = new TaskCompletionSource<int>();
        var suspended = await Suspend(pool, resume);
        TaskInfo<int>? behind = null;
        var waiter = pool.Submit(_ =>
        {
            Hold();
            resume.SetResult(1);
            EnterWaitInVain();

            // Behind code that waits another loop would be added at once.
            behind = pool.Submit(Coroutines.Returning(2));
            return Task.FromResult(pool.EventLoops.Count);
        });
        await LetThePoolRest();
        Assert.Equal(1, await waiter.Future.Within());
        Assert.Equal(1, await suspended.Future.Within());
        Assert.Equal(2, await behind!.Future.Within());
    }

    [Fact]
    public async Task EnterWait_OneBeforeCouldNotBeAnnounced_ThePoolLooks()
    {
        await using var pool = Pool();
        var resume = new TaskCompletionSource<int>();
        var suspended = await Suspend(pool, resume);
        var waiter = pool.Submit(_ =>
        {
            Hold();
            resume.SetResult(1);
            EnterWaitInVain();
            return Task.FromResult(WaitFor(suspended.Future));
        });
        await LetThePoolRest();
        Assert.Equal(1, await Looking(waiter.Future));
    }

    private EventLoopPoolExecutor Pool() => new(1, new EventLoopOptions { TimeProvider = _clock });

    private static async Task<TaskInfo<int>> Suspend(EventLoopPoolExecutor pool, TaskCompletionSource<int> until)
    {
        var suspended = pool.Submit(async _ => await until.Task);
        await pool.Submit(Coroutines.Returning(0)).Future.Within();
        return suspended;
    }

    private static T WaitFor<T>(Task<T> task)
    {
        using (EventLoop.EnterWait())
        {
            return task.GetAwaiter().GetResult();
        }
    }

    private void EnterWaitInVain()
    {
        _clock.Refuses = true;
        Assert.Throws<FormatException>(() => EventLoop.EnterWait());
        _clock.Refuses = false;
    }

    private void Hold()
    {
        _entered.Open();
        _gate.Wait();
    }

    /// <summary>A look that finds nothing that waits ends the looks, before the code goes on.</summary>
    private async Task LetThePoolRest()
    {
        await _entered.WaitAsync();
        _clock.Advance(Look);
        _gate.Open();
    }

    private async Task<T> Looking<T>(Task<T> task)
    {
        Assert.True(
            SpinWait.SpinUntil(
                () =>
                {
                    _clock.Advance(Look);
                    return task.IsCompleted;
                },
                Waiting.Limit),
            "The pool does not look.");
        return await task;
    }

    /// <summary>A clock whose timers cannot be set while it refuses.</summary>
    private sealed class RefusingClock : FakeTimeProvider
    {
        internal volatile bool Refuses;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new RefusingTimer(this, base.CreateTimer(callback, state, dueTime, period));

        private sealed class RefusingTimer(RefusingClock clock, ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) =>
                clock.Refuses ? throw new FormatException("no timer") : timer.Change(dueTime, period);

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
