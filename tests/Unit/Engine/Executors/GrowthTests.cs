using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>When a pool looks whether its loops are held, when it adds some, and which of them begin tasks.</summary>
public sealed class GrowthTests
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly CountingClock _clock = new();
    private readonly Signal _entered = new();
    private readonly Signal _gate = new();

    [Fact]
    public async Task Monitor_TasksComeMeanwhile_LooksEveryTwentyMillisecondsAllTheSame()
    {
        await using var pool = Pool(1);
        pool.AllowLoops(10);
        _ = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        for (var half = 0; half < 4; half++)
        {
            Assert.Single(pool.EventLoops);
            _clock.Advance(Look / 4);
            _ = pool.Submit(Coroutines.Returning(half));
            _clock.Advance(Look / 4);
        }

        // The second look has found the loop held by the same task. However many wait: one more for the one there is.
        Assert.Equal(2, pool.EventLoops.Count);
        _gate.Open();
    }

    [Fact]
    public async Task Monitor_FoundNothingWaitingOnce_LooksAgainWhenSomethingDoes()
    {
        await using var pool = Pool(1);
        pool.AllowLoops(2);
        await pool.Submit(Coroutines.Returning(1)).Future.Within();
        _clock.Advance(Look);
        _ = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        var waiting = pool.Submit(Coroutines.Returning(2));
        _clock.Advance(Look);
        _clock.Advance(Look);
        Assert.Equal(2, await waiting.Future.Within());
        _gate.Open();
    }

    [Fact]
    public async Task Monitor_NothingWaits_Rests()
    {
        await using var pool = Pool(1);
        pool.AllowLoops(2);
        await pool.Submit(Coroutines.Returning(1)).Future.Within();
        _clock.Advance(Look);
        var changes = _clock.Changes;
        _clock.Advance(Look * 10);
        Assert.Equal(changes, _clock.Changes);
    }

    [Fact]
    public async Task Monitor_MoreTasksThatBlockThanLoopsAllowed_NoMoreAreAdded()
    {
        await using var pool = Pool(1);
        pool.AllowLoops(2);
        using var running = new SemaphoreSlim(0);
        var tasks = Enumerable.Range(0, 5).Select(_ => pool.Submit(_ =>
        {
            running.Release();
            _gate.Wait();
            return Task.FromResult(true);
        }).Future).ToArray();
        Assert.True(await running.WaitAsync(Waiting.Limit));
        _clock.Advance(Look);
        _clock.Advance(Look);
        Assert.True(await running.WaitAsync(Waiting.Limit));
        for (var i = 0; i < 5; i++)
        {
            _clock.Advance(Look);
        }

        Assert.Equal(2, pool.EventLoops.Count);
        _gate.Open();
        await Task.WhenAll(tasks).Within();
    }

    [Fact]
    public async Task Spare_LoopsAddedWhileOthersWaited_BeginNothing()
    {
        await using var pool = Pool(2);
        var first = pool.EventLoops.ToArray();
        using var both = new Barrier(2);
        var nested = Enumerable.Range(0, 2).Select(i => pool.Submit(_ =>
        {
            both.SignalAndWait(Waiting.Limit);
            return Task.FromResult(pool.Run(Coroutines.Returning(i)));
        }).Future).ToArray();
        await Task.WhenAll(nested).Within();
        var spare = pool.EventLoops.Except(first).ToArray();
        Assert.NotEmpty(spare);
        Assert.All(Enumerable.Range(0, 12), _ => Assert.Contains(pool.GetEventLoop().EventLoop, first));

        // Nor do they take what waits behind the others, when they are woken for it.
        Signal entered = new();
        _ = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        _ = pool.Submit(Coroutines.Blocking(entered, _gate));
        await entered.WaitAsync();
        var queued = Enumerable.Range(0, 4).Select(i => pool.Submit(Coroutines.Returning(i))).ToArray();
        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(Look);
        }

        foreach (var loop in spare)
        {
            await loop.Thread.SleepsWithin();
        }

        Assert.All(queued, task => Assert.Equal(AsyncTaskStatus.Pending, task.Status));
        _gate.Open();
        await Task.WhenAll(queued.Select(task => task.Future)).Within();
    }

    [Fact]
    public async Task Grow_AHostCouldNotBeSetUp_TriesAgainAfterASecond()
    {
        var made = 0;
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions
        {
            TimeProvider = _clock,
            HostFactory = () => Interlocked.Increment(ref made) == 2
                ? new StubHost(static (_, _) => throw new InvalidOperationException("the second"))
                : new StubHost(static (_, pump) => pump()),
        });
        var loop = pool.EventLoops[0];
        var first = await pool.Submit(_ => Task.FromResult(pool.Run(Coroutines.Returning(1)))).ResultWithin();
        Assert.Contains("the second", first.Exception!.Message, StringComparison.Ordinal);
        var second = pool.Submit(_ => Task.FromResult(pool.Run(Coroutines.Returning(2))));
        Assert.True(SpinWait.SpinUntil(() => loop.QueuedCount == 1, Waiting.Limit));
        _clock.Advance(Look);
        Assert.Equal(1, loop.QueuedCount);
        Assert.Equal(2, made);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, await second.Future.Within());
    }

    [Fact]
    public async Task Grow_AHostCouldNotBeSetUp_WhatIsSubmittedAsOthersFailWaitsForTheNextTry()
    {
        var made = 0;
        Signal observed = new(), gate = new();
        await using var pool = new EventLoopPoolExecutor(2, new EventLoopOptions
        {
            TimeProvider = _clock,
            HostFactory = () => Interlocked.Increment(ref made) == 3
                ? new StubHost((_, _) =>
                {
                    observed.Wait();
                    throw new InvalidOperationException("the third");
                })
                : new StubHost(static (_, pump) => pump()),
        });
        var next = new TaskCompletionSource<TaskInfo<int>>();
        Signal waits = new();
        var other = pool.Submit(_ =>
        {
            using (EventLoop.EnterWait())
            {
                waits.Open();
                gate.Wait();
            }

            return Task.FromResult(true);
        });
        await waits.WaitAsync();
        var outer = pool.Submit(_ =>
        {
            using (EventLoop.EnterWait())
            {
                // On the thread that makes it fail, in between.
                pool.Submit(Coroutines.Returning(1)).Future.ContinueWith(
                    first => next.SetResult(pool.Submit(Coroutines.Returning(2))),
                    CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default);
                observed.Open();
                gate.Wait();
            }

            return Task.FromResult(true);
        });
        var second = await next.Task.Within();
        Assert.Equal(3, made);
        await Waiting.OnThread(() => _clock.Advance(TimeSpan.FromSeconds(1) + Look)).Within();
        Assert.Equal(2, await second.Future.Within());
        gate.Open();
        Assert.True(await outer.Future.Within());
        Assert.True(await other.Future.Within());
    }

    [Fact]
    public async Task New_ALoopCannotBeMade_ThoseMadeEnd()
    {
        var clock = new FailingClock();
        var made = new TaskCompletionSource<EventLoop>();
        var options = new EventLoopOptions
        {
            TimeProvider = clock,
            HostFactory = () =>
            {
                // From here on no other loop can be made.
                clock.Fails = true;
                return new StubHost((loop, pump) =>
                {
                    made.SetResult(loop);
                    pump();
                });
            },
        };
        Assert.Throws<OutOfMemoryException>(() => new EventLoopPoolExecutor(2, options));
        clock.Fails = false;
        (await made.Task.Within()).Thread.EndsWithin();
    }

    [Fact]
    public async Task Started_FailsAndNobodyAsks_IsNoUnobservedFailure()
    {
        var failure = new FormatException("no host");
        Assert.False(await Garbage.LeavesUnobserved(failure, () =>
        {
            var pool = new EventLoopPoolExecutor(2, StubHost.Options((_, _) => throw failure));
            pool.Shutdown();
        }));
    }

    private EventLoopPoolExecutor Pool(int size) => new(size, new EventLoopOptions { TimeProvider = _clock });

    private sealed class CountingClock : FakeTimeProvider
    {
        private int _changes;

        /// <summary>How often a timer was set anew.</summary>
        internal int Changes => Volatile.Read(ref _changes);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new CountingTimer(this, base.CreateTimer(callback, state, dueTime, period));

        private sealed class CountingTimer(CountingClock clock, ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                Interlocked.Increment(ref clock._changes);
                return timer.Change(dueTime, period);
            }

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
