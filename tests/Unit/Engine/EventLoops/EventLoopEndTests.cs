using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.EventLoops;

/// <summary>What is left when loops have ended: nothing.</summary>
public sealed class EventLoopEndTests
{
    [Fact]
    public async Task Shutdown_AHostFailsAfterwards_ItsLoopIsNotReplaced()
    {
        var pool = new EventLoopPoolExecutor(1, StubHost.Options(static (_, pump) =>
        {
            if (!pump())
            {
                throw new InvalidOperationException("host");
            }
        }));
        Signal entered = new(), gate = new();
        var last = pool.Submit(_ =>
        {
            entered.Open();
            gate.Wait();
            EventLoop.Current!.LeavePump();
            return Task.FromResult(true);
        });
        await entered.WaitAsync();
        pool.Shutdown(wait: false);
        gate.Open();
        Assert.True(await last.Future.Within());
        await pool.Completion.Within();
        Assert.Empty(pool.EventLoops);
    }

    [Fact]
    public async Task Shutdown_Ended_NoTimerIsLeft()
    {
        var clock = new CountingClock();
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = clock });
        Signal suspended = new(), resume = new();
        var waits = pool.Submit(Coroutines.Awaiting(suspended, resume.Opened), new TaskOptions { Timeout = TimeSpan.FromMinutes(1) });
        await suspended.WaitAsync();
        var stopped = pool.Submit(Coroutines.AwaitingDeafly(new Signal(), resume.Opened));
        Assert.Equal(1, await pool.Submit(Coroutines.Returning(1)).Future.Within());
        stopped.Stop();
        resume.Open();
        await waits.ResultWithin();
        await stopped.ResultWithin();
        await Waiting.OnThread(() => pool.Shutdown()).Within();

        // The pool's look, the loop's watch, and one of each task.
        Assert.Equal(4, clock.Timers.Count);
        Assert.All(clock.Timers, static timer => Assert.True(timer.IsDisposed));
    }

    private sealed class CountingClock : FakeTimeProvider
    {
        internal ConcurrentQueue<CountedTimer> Timers { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new CountedTimer(base.CreateTimer(callback, state, dueTime, period));
            Timers.Enqueue(timer);
            return timer;
        }
    }

    private sealed class CountedTimer(ITimer timer) : ITimer
    {
        private volatile bool _isDisposed;

        internal bool IsDisposed => _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

        public void Dispose()
        {
            _isDisposed = true;
            timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
