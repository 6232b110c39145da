using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>Which loop a task goes to, and when it moves on. The clock stands still unless told.</summary>
public sealed class BalanceTests
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly FakeTimeProvider _clock = new();
    private readonly Signal _entered = new();
    private readonly Signal _gate = new();

    [Fact]
    public async Task Idle_AnotherLoopsOnlyTask_IsLeftThere()
    {
        await using var pool = Pool(2);
        var (held, idle) = (pool.EventLoops[0], pool.EventLoops[1]);
        await HoldAsync(held);
        var task = await SubmitTo(held, pool);
        idle.Post(static _ => { }, null);
        await idle.Thread.SleepsWithin();
        Assert.Equal(AsyncTaskStatus.Pending, task.Status);
        _gate.Open();
        Assert.Same(held, await task.Future.Within());
    }

    [Fact]
    public async Task Idle_SeveralWaitBehindAHeldLoop_TakesThem()
    {
        await using var pool = Pool(2);
        Signal entered = new(), gate = new();
        var held = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        _ = pool.Submit(Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        var queued = Enumerable.Range(0, 6).Select(i => pool.Submit(Coroutines.Returning(i))).ToArray();
        Assert.Contains(queued, task => task.EventLoop == held.EventLoop);
        gate.Open();
        await Task.WhenAll(queued.Select(task => task.Future)).Within();
        Assert.Null(held.Result);
        _gate.Open();
    }

    [Fact]
    public async Task Monitor_ACallbackHoldsALoop_ItsOnlyTaskIsTaken()
    {
        await using var pool = Pool(2);
        var (held, idle) = (pool.EventLoops[0], pool.EventLoops[1]);
        await HoldAsync(held);
        var task = await SubmitTo(held, pool);
        _clock.Advance(Look);
        _clock.Advance(Look);
        Assert.Same(idle, await task.Future.WaitAsync(TimeSpan.FromSeconds(20)));
        _gate.Open();
    }

    [Fact]
    public async Task Monitor_OneLoopIsHeldAndOneIdle_TheIdleOneTakesOverAndNoneIsAdded()
    {
        await using var pool = Pool(2);
        pool.AllowLoops(3);
        var (held, idle) = await HoldOneAndSuspendOnTheOther(pool, static () => { });
        var task = await SubmitTo(held, pool);
        _clock.Advance(Look);
        await idle.Thread.SleepsWithin();
        Assert.Equal(AsyncTaskStatus.Pending, task.Status);
        _clock.Advance(Look);

        // Sooner than a loop looks by itself, which is after half a minute.
        Assert.Same(idle, await task.Future.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(2, pool.EventLoops.Count);
        _gate.Open();
    }

    /// <summary>A loop that has nothing to do is not held, whatever it ran last.</summary>
    [Fact]
    public async Task Monitor_OneLoopIsHeldAndOneHasRunACallback_TheIdleOneTakesOverAndNoneIsAdded()
    {
        await using var pool = Pool(2);
        pool.AllowLoops(3);
        var (held, idle) = await HoldOneAndSuspendOnTheOther(pool, static () => { });
        var task = await SubmitTo(held, pool);
        var ran = new Signal();
        idle.Post(_ => ran.Open(), null);
        await ran.WaitAsync();
        await idle.Thread.SleepsWithin();
        _clock.Advance(Look);
        _clock.Advance(Look);
        Assert.Same(idle, await task.Future.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(2, pool.EventLoops.Count);
        _gate.Open();
    }

    [Fact]
    public async Task EnterWait_AnotherLoopIsIdle_ItTakesOverAndNoneIsAdded()
    {
        await using var pool = Pool(2);
        Signal waiting = new(), end = new();
        var (held, idle) = await HoldOneAndSuspendOnTheOther(pool, () =>
        {
            using (EventLoop.EnterWait())
            {
                waiting.Open();
                end.Wait();
            }
        });
        var task = await SubmitTo(held, pool);
        await idle.Thread.SleepsWithin();
        _gate.Open();
        await waiting.WaitAsync();

        // Sooner than a loop looks by itself, which is after half a minute.
        Assert.Same(idle, await task.Future.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(2, pool.EventLoops.Count);
        end.Open();
    }

    [Fact]
    public async Task EnterWait_AnotherLoopIsAtWork_NoneIsAdded()
    {
        await using var pool = Pool(2);
        Signal entered = new(), waiting = new(), end = new();
        var (held, other) = await HoldOneAndSuspendOnTheOther(pool, () =>
        {
            using (EventLoop.EnterWait())
            {
                waiting.Open();
                end.Wait();
            }
        });
        var task = await SubmitTo(held, pool);
        other.Post(
            _ =>
            {
                entered.Open();
                end.Wait();
            },
            null);
        await entered.WaitAsync();
        _gate.Open();
        await waiting.WaitAsync();
        Assert.Equal(2, pool.EventLoops.Count);
        end.Open();
        await task.Future.Within();
    }

    [Fact]
    public async Task GetEventLoop_LeastLoadedWaits_IsAnother()
    {
        await using var pool = Pool(2);
        var waiting = pool.Submit(_ =>
        {
            using (EventLoop.EnterWait())
            {
                _entered.Open();
                _gate.Wait();
            }

            return Task.FromResult(true);
        });
        await _entered.WaitAsync();
        var suspended = Enumerable.Range(0, 5).Select(_ => pool.Submit(Coroutines.Awaiting(new Signal(), _gate.Opened))).ToArray();
        Assert.All(suspended, task => Assert.NotSame(waiting.EventLoop, task.EventLoop));
        Assert.NotSame(waiting.EventLoop, pool.GetEventLoop().EventLoop);
        _gate.Open();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Shutdown_OfAPoolThatWaitsForATaskBehindTheCaller_DoesNotDeadlock(bool isDispose)
    {
        await using var pool = Pool(1);
        var other = new EventLoopPoolExecutor(1, new EventLoopOptions { GracePeriod = Waiting.Limit });
        TaskInfo<int>? behind = null;
        var ended = false;
        Signal asked = new();
        var caller = pool.Submit(_ =>
        {
            _entered.Open();
            _gate.Wait();
            if (isDispose)
            {
                other.Dispose();
            }
            else
            {
                other.Shutdown();
            }

            return Task.FromResult(true);
        });
        await _entered.WaitAsync();
        behind = pool.Submit(Coroutines.Returning(1));
        var waiting = other.Submit(_ =>
        {
            asked.Open();
            ended = behind.Future.Wait(Waiting.Limit / 2);
            return Task.FromResult(true);
        });
        await asked.WaitAsync();
        _gate.Open();
        await waiting.ResultWithin();
        Assert.True(ended);
        Assert.True(await caller.Future.Within());
        await other.Completion.Within();
    }

    /// <summary>Holds a loop's thread, by what is no task.</summary>
    private async Task HoldAsync(EventLoop loop)
    {
        loop.Post(
            _ =>
            {
                _entered.Open();
                _gate.Wait();
            },
            null);
        await _entered.WaitAsync();
    }

    private EventLoopPoolExecutor Pool(int size) => new(size, new EventLoopOptions { TimeProvider = _clock });

    /// <summary>A task that waits for its turn behind what holds the loop.</summary>
    private static async Task<TaskInfo<EventLoop?>> SubmitTo(EventLoop loop, EventLoopPoolExecutor pool)
    {
        for (var i = 0; i < 100; i++)
        {
            var task = pool.Submit(static _ => Task.FromResult(EventLoop.Current));
            if (task.EventLoop == loop)
            {
                return task;
            }

            await task.Future.Within();
        }

        throw new InvalidOperationException($"No task goes to {loop.Name}.");
    }

    /// <summary>One task each: one holds its loop until the gate is open and then calls the action, the other waits for the gate.</summary>
    private async Task<(EventLoop Held, EventLoop Idle)> HoldOneAndSuspendOnTheOther(EventLoopPoolExecutor pool, Action then)
    {
        var held = pool.Submit(_ =>
        {
            _entered.Open();
            _gate.Wait();
            then();
            return Task.FromResult(true);
        });
        await _entered.WaitAsync();
        var suspended = new Signal();
        var waiting = pool.Submit(Coroutines.Awaiting(suspended, new Signal().Opened));
        await suspended.WaitAsync();
        return (held.EventLoop!, waiting.EventLoop!);
    }
}
