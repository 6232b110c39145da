using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>The time that code has to end, and what a loop still owes a task that was stopped. The clock stands still unless told.</summary>
public sealed class StopTests
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly FakeTimeProvider _clock = new();
    private readonly Signal _suspended = new();
    private readonly Signal _entered = new();
    private readonly Signal _gate = new();

    public enum Before
    {
        TaskThatEnded,
        TaskThatWasStopped,
        TaskThatWasStoppedOnTheThread,
        TaskThatWaits,
        Callback,
    }

    /// <summary>Only code that is on the thread keeps the task's from it.</summary>
    [Theory]
    [InlineData(Before.TaskThatEnded)]
    [InlineData(Before.TaskThatWasStopped)]
    [InlineData(Before.TaskThatWasStoppedOnTheThread)]
    [InlineData(Before.TaskThatWaits)]
    [InlineData(Before.Callback)]
    public async Task Stop_TheLoopHasNothingToDo_OneGracePeriod(Before before)
    {
        await using var pool = Pool();
        var loop = pool.EventLoops[0];
        var deaf = pool.Submit(Coroutines.AwaitingDeafly(_suspended, new Signal().Opened));
        await _suspended.WaitAsync();
        var held = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        Signal last = new(), end = new();
        switch (before)
        {
            case Before.TaskThatEnded:
                _ = pool.Submit(Coroutines.Returning(1));
                break;
            case Before.TaskThatWasStopped:
                pool.Submit(Coroutines.Returning(1)).Stop();
                break;
            case Before.TaskThatWasStoppedOnTheThread:
                held.Stop();
                break;
            case Before.TaskThatWaits:
                _ = pool.Submit(Coroutines.AwaitingDeafly(new Signal(), end.Opened));
                break;
            default:
                await LetEnd(held);
                loop.Post(_ => last.Open(), null);
                await last.WaitAsync();
                break;
        }

        _gate.Open();
        await held.ResultWithin();
        await loop.Thread.SleepsWithin();
        deaf.Stop();
        _clock.Advance(loop.GracePeriod);
        Assert.Equal(AsyncTaskStatus.Stopped, deaf.Status);
        end.Open();
    }

    /// <summary>Its code could not clean up where it was, and has as long as it would have had.</summary>
    [Fact]
    public async Task Stop_TheLoopWaitsAndTheTaskMoves_ItHasItsTimeAnew()
    {
        await using var pool = Pool();
        Signal cleaning = new(), end = new(), waiting = new();
        var grace = pool.EventLoops[0].GracePeriod;
        var stopped = new TaskCompletionSource();
        var task = new StubTask<bool>(async () =>
        {
            _suspended.Open();
            await stopped.Task;
            cleaning.Open();
            end.Wait();
        })
        { Stopping = stopped.SetResult };
        pool.Submit(task);
        await _suspended.WaitAsync();
        var waiter = pool.Submit(_ =>
        {
            using (EventLoop.EnterWait())
            {
                waiting.Open();
                _gate.Wait();
            }

            return Task.FromResult(true);
        });
        await waiting.WaitAsync();
        var loop = task.EventLoop;
        task.Stop();

        // The first look adds a loop, and one when that is ready, late in the period, moves the task there.
        _clock.Advance(Look);
        var other = Assert.Single(pool.EventLoops, other => other != loop);
        await other.Started.Within();
        _clock.Advance(grace * 0.8);
        await cleaning.WaitAsync();
        Assert.Same(other, task.EventLoop);
        _clock.Advance(grace * 0.8);
        Assert.Equal(AsyncTaskStatus.Running, task.Status);
        end.Open();
        Assert.Equal(AsyncTaskStatus.Stopped, (await task.ResultWithin()).Status);
        Assert.Equal(0, pool.AbandonedCount);
        _gate.Open();
        Assert.True(await waiter.Future.Within());
    }

    /// <summary>It may have waited for one that was, and must not take that one's stop for an answer.</summary>
    [Fact]
    public async Task StopPending_ATaskEndsByItselfBeforeItIsReached_StoppedAllTheSame()
    {
        Signal making = new(), make = new();
        var made = 0;
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions
        {
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
        var end = new TaskCompletionSource();
        var task = new StubTask<int>(() => end.Task);
        pool.Submit(task);
        var waiter = pool.Submit(_ => Task.FromResult(pool.Run(Coroutines.Returning(1))));

        // Nobody gets at the pool's loops while one is made.
        await making.WaitAsync();
        Assert.False(task.IsAsked);
        var stopping = new TaskCompletionSource<Thread>();
        var stop = Waiting.OnThread(() =>
        {
            stopping.SetResult(Thread.CurrentThread);
            pool.StopPending();
        });
        await (await stopping.Task.Within()).SleepsWithin();
        Assert.True(task.IsAsked);
        Assert.Equal(0, task.Stops);
        end.SetResult();
        Assert.Equal(AsyncTaskStatus.Stopped, task.Status);
        make.Open();
        await stop.Within();
        Assert.Equal(AsyncTaskStatus.Stopped, (await waiter.ResultWithin()).Status);
    }

    /// <summary>The loop has come to the task by then, and waits for nothing else.</summary>
    [Fact]
    public async Task Shutdown_ATaskStoppedBeforeItsTurnIsStillBeingTold_EndsAfterwards()
    {
        var pool = Pool();
        var loop = pool.EventLoops[0];
        Signal telling = new(), tell = new();
        var held = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        var group = new TaskGroup(pool, 1, new SlowObserver(telling, tell));
        group.Add(new StubTask<int>(static () => null));
        var stop = Waiting.OnThread(group.Stop);
        await telling.WaitAsync();
        await LetEnd(held);
        pool.Shutdown(wait: false);
        await loop.Thread.SleepsWithin();
        Assert.False(pool.Completion.IsCompleted);
        tell.Open();
        await stop.Within();

        // Sooner than a loop looks by itself, which is after half a minute.
        Assert.True(loop.Thread.Join(TimeSpan.FromSeconds(20)), "The loop was not woken.");
    }

    private EventLoopPoolExecutor Pool() => new(1, new EventLoopOptions { TimeProvider = _clock });

    private async Task LetEnd(TaskInfo<bool> held)
    {
        _gate.Open();
        Assert.True(await held.Future.Within());
    }

    private sealed class SlowObserver(Signal telling, Signal tell) : ITaskObserver
    {
        public void OnEnded(TaskInfo task, TaskResult result)
        {
            telling.Open();
            tell.Wait();
        }
    }
}
