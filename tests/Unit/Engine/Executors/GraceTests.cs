using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>
/// Whose grace period is made longer while other code has the thread: of those that had no turn since they were asked to end. The
/// clock stands still unless told.
/// </summary>
public sealed class GraceTests
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly FakeTimeProvider _clock = new();
    private readonly Signal _entered = new();
    private readonly Signal _gate = new();
    private readonly Signal _hadTurn = new();

    [Fact]
    public async Task Stop_TheCodeHasGoneOnSince_OneGracePeriod()
    {
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = _clock });
        var suspended = new Signal();
        var stopped = new TaskCompletionSource();
        var deaf = new StubTask<int>(async () =>
        {
            suspended.Open();
            await stopped.Task;
            _hadTurn.Open();
            await new Signal().Opened;
        })
        { Stopping = stopped.SetResult };
        pool.Submit(deaf);
        await suspended.WaitAsync();
        deaf.Stop();
        await _hadTurn.WaitAsync();
        var busy = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        _clock.Advance(pool.EventLoops[0].GracePeriod);
        Assert.Equal(AsyncTaskStatus.Stopped, deaf.Status);
        _gate.Open();
        Assert.True(await busy.Future.Within());
    }

    /// <summary>All was stopped while the task was on its way to the thread: it begins, and is told at once.</summary>
    [Fact]
    public async Task StopPending_TheCodeBeginsAfterwards_OneGracePeriod()
    {
        Signal making = new(), make = new(), held = new(), release = new();
        var made = 0;
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions
        {
            TimeProvider = _clock,
            HostFactory = () =>
            {
                if (Interlocked.Increment(ref made) == 2)
                {
                    making.Open();
                    make.Wait();
                }

                return new StubHost(static (_, pump) => pump());
            },
        });
        var loop = pool.EventLoops[0];
        pool.AllowLoops(2);
        _ = pool.Submit(Coroutines.Blocking(held, release));
        await held.WaitAsync();
        var deaf = new StubTask<int>(() =>
        {
            _hadTurn.Open();
            return new Signal().Opened;
        });
        pool.Submit(deaf);

        // Nobody gets at the pool's loops while one is made, so the stop is noted and does not go on.
        var growing = Waiting.OnThread(() =>
        {
            _clock.Advance(Look);
            _clock.Advance(Look);
        });
        await making.WaitAsync();
        var stopping = new TaskCompletionSource<Thread>();
        var stop = Waiting.OnThread(() =>
        {
            stopping.SetResult(Thread.CurrentThread);
            pool.StopPending();
        });
        await (await stopping.Task.Within()).SleepsWithin();
        release.Open();
        await _hadTurn.WaitAsync();
        Assert.Equal(1, deaf.Stops);
        var busy = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        make.Open();
        await growing.Within();
        await stop.Within();
        _clock.Advance(loop.GracePeriod);
        Assert.Equal(AsyncTaskStatus.Stopped, deaf.Status);
        _gate.Open();
        Assert.True(await busy.Future.Within());
    }
}
