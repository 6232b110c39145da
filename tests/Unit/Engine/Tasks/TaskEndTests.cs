using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.Tasks;

/// <summary>When a task ends, on whose thread that is told, and what it leaves behind.</summary>
public sealed class TaskEndTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Signal _entered = new();
    private readonly Signal _gate = new();

    public enum Keeper
    {
        Timeout,
        GracePeriod,
        Token,
    }

    [Theory]
    [InlineData(Keeper.Timeout)]
    [InlineData(Keeper.GracePeriod)]
    [InlineData(Keeper.Token)]
    public async Task Ended_TimersAndTokenLastLonger_IsNotKept(Keeper keeper)
    {
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { GracePeriod = TaskOptions.MaxTimeout });
        using var source = new CancellationTokenSource();

        // A loop without work forgets all; this one has some.
        var other = pool.Submit(Coroutines.Awaiting(_entered, _gate.Opened));
        await _entered.WaitAsync();
        var ended = await Waiting.OnThread(() => RunToTheEnd(pool, keeper, source.Token)).Within();
        Assert.True(Garbage.Collects(ended));
        _gate.Open();
        Assert.True(await other.Future.Within());

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference RunToTheEnd(EventLoopPoolExecutor pool, Keeper keeper, CancellationToken token)
        {
            Signal entered = new(), gate = new();
            var task = pool.Submit(
                Coroutines.AwaitingDeafly(entered, gate.Opened),
                keeper == Keeper.Timeout ? new TaskOptions { Timeout = TaskOptions.MaxTimeout } : default,
                keeper == Keeper.Token ? token : default);
            entered.Wait();

            // Behind it: the task is suspended when this has run.
            Assert.Equal(1, pool.Submit(Coroutines.Returning(1)).Future.Result);
            if (keeper == Keeper.GracePeriod)
            {
                task.Stop();
            }

            gate.Open();
            Assert.True(((IAsyncResult)task.Future).AsyncWaitHandle.WaitOne(Waiting.Limit));
            return new WeakReference(task);
        }
    }

    [Fact]
    public async Task Ended_IsKept_WhatItsFunctionCapturedIsNot()
    {
        await using var pool = new EventLoopPoolExecutor();
        var (task, captured) = await Waiting.OnThread(() => RunToTheEnd(pool)).Within();
        Assert.True(Garbage.Collects(captured));
        Assert.Equal(7, await task.Future.Within());

        [MethodImpl(MethodImplOptions.NoInlining)]
        static (TaskInfo<int>, WeakReference) RunToTheEnd(EventLoopPoolExecutor pool)
        {
            int[] captured = [7];
            var task = pool.Submit(_ => Task.FromResult(captured[0]));
            Assert.Equal(7, task.Future.Result);
            return (task, new WeakReference(captured));
        }
    }

    [Fact]
    public async Task Ended_OnItsWayIntoItsCode_TheCodeNeverBegins()
    {
        var clock = new HeldClock(_entered, _gate);
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = clock, GracePeriod = TimeSpan.Zero });
        Signal busy = new(), free = new();
        pool.EventLoops[0].Post(
            _ =>
            {
                busy.Open();
                free.Wait();
            },
            null);

        // A loop looks at the clock when it begins and when it wakes, too: this one is past that.
        await busy.WaitAsync();
        var begun = false;
        var task = pool.Submit(_ => Task.FromResult(begun = true));
        clock.Holds = true;
        free.Open();
        await _entered.WaitAsync();
        Assert.Equal(AsyncTaskStatus.Running, task.Status);
        clock.Holds = false;
        task.Stop();
        var result = await task.ResultWithin();
        Assert.Equal(AsyncTaskStatus.Abandoned, result.Status);
        Assert.Null(result.StartedAt);
        var thread = task.Thread!;
        _gate.Open();
        thread.EndsWithin();
        Assert.False(begun);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Timeout_TimerFiresEarly_NotBeforeItsTime(bool holdsItsThread)
    {
        var clock = new EarlyClock();
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = clock });
        var options = new TaskOptions { Timeout = Limit };
        CancellationToken asked = default;
        var task = pool.Submit(
            token =>
            {
                asked = token;
                if (!holdsItsThread)
                {
                    return Coroutines.Awaiting(_entered, _gate.Opened)(token);
                }

                _entered.Open();
                token.WaitHandle.WaitOne();
                return Task.FromResult(true);
            },
            options);
        await _entered.WaitAsync();
        if (!holdsItsThread)
        {
            await pool.Submit(Coroutines.Returning(1)).Future.Within();
        }

        clock.Advance(Limit - TimeSpan.FromSeconds(1));
        clock.FireAll();
        Assert.False(asked.IsCancellationRequested);
        clock.Advance(TimeSpan.FromSeconds(1));
        var result = await task.ResultWithin();
        Assert.Equal(AsyncTaskStatus.TimedOut, result.Status);
        Assert.Equal(Limit, result.Duration);
    }

    [Fact]
    public async Task StartedAt_AnotherEndedElsewhereWhileTheLoopSlept_IsItsOwn()
    {
        var clock = new FakeTimeProvider();
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = clock });
        var end = new TaskCompletionSource();
        var elsewhere = new StubTask<int>(() => end.Task);
        pool.Submit(elsewhere);
        await pool.Submit(Coroutines.Returning(1)).Future.Within();
        await pool.EventLoops[0].Thread.SleepsWithin();
        await Waiting.OnThread(end.SetResult).Within();
        await elsewhere.ResultWithin();
        clock.Advance(TimeSpan.FromHours(1));
        var result = await pool.Submit(Coroutines.Returning(2)).ResultWithin();
        Assert.Equal(clock.GetUtcNow(), result.StartedAt);
        Assert.Equal(TimeSpan.Zero, result.Duration);
    }

    /// <summary>A clock at which a loop's thread can be held when it looks.</summary>
    private sealed class HeldClock(Signal entered, Signal gate) : TimeProvider
    {
        internal volatile bool Holds;

        public override long GetTimestamp()
        {
            if (Holds && EventLoop.Current is not null)
            {
                entered.Open();
                gate.Wait();
            }

            return base.GetTimestamp();
        }
    }

    /// <summary>A clock whose timers may be made to fire before their time, as those of a system sometimes do.</summary>
    private sealed class EarlyClock : FakeTimeProvider
    {
        private readonly List<(ITimer Timer, Action Fire)> _timers = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            lock (_timers)
            {
                _timers.Add((timer, () => callback(state)));
            }

            return timer;
        }

        /// <summary>Now and once, instead of at their time.</summary>
        internal void FireAll()
        {
            (ITimer, Action)[] timers;
            lock (_timers)
            {
                timers = [.. _timers];
            }

            foreach (var (timer, fire) in timers)
            {
                timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                fire();
            }
        }
    }
}
