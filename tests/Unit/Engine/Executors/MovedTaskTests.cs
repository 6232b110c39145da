using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>A task that has moved, where its continuations go, and what they meet there. The clock stands still unless told.</summary>
public sealed class MovedTaskTests
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly FakeTimeProvider _clock = new();
    private readonly Signal _suspended = new();
    private readonly Signal _stuck = new();

    /// <summary>What goes on is in its loop's queue when this has been set.</summary>
    private readonly TaskCompletionSource _resume = new();
    private readonly Signal _waiting = new();
    private readonly Signal _endWait = new();
    private readonly Signal _busy = new();
    private readonly Signal _gate = new();

    /// <summary>What waited elsewhere comes first; what is posted afterwards could come for ever.</summary>
    [Fact]
    public async Task Post_AgainAndAgainToTheLoopBefore_OthersBeginAllTheSame()
    {
        await using var pool = new EventLoopPoolExecutor(1);
        Signal moved = new(), begun = new();
        var task = pool.Submit(async _ =>
        {
            var before = SynchronizationContext.Current!;
            _suspended.Open();
            await _resume.Task;
            before.Post(Again, null);
            moved.Open();
            return EventLoop.Current;

            void Again(object? _)
            {
                if (!begun.IsOpen)
                {
                    before.Post(Again, null);
                }
            }
        });
        await _suspended.WaitAsync();
        Block(task.EventLoop!);
        _resume.SetResult();
        await moved.WaitAsync();
        try
        {
            var other = pool.Submit(_ => Task.FromResult(EventLoop.Current));
            Assert.Same(await task.Future.Within(), await other.Future.Within());
        }
        finally
        {
            begun.Open();
            _endWait.Open();
        }
    }

    [Fact]
    public async Task Wait_TaskMovesToALoopThatHasOtherCallbacks_ItGoesOnBeforeThem()
    {
        await using var pool = new EventLoopPoolExecutor(2, new EventLoopOptions { TimeProvider = _clock });
        List<string> ran = [];
        var task = await Suspended(pool, ran);
        var loop = task.EventLoop!;
        var other = Assert.Single(pool.EventLoops, other => other != loop);
        var last = await Fill(other, ran);
        Block(loop);
        await _waiting.WaitAsync();
        _resume.SetResult();

        // The monitor has found nothing held yet, so the other loop is free to it.
        _clock.Advance(Look);
        Assert.Same(other, task.EventLoop);
        _gate.Open();
        await last.WaitAsync();
        Assert.Equal(["task", "other"], ran);
        _endWait.Open();
    }

    /// <summary>The loop in the place of the one given up is not ready yet, and may never be.</summary>
    [Fact]
    public async Task GivenUp_AnotherLoopIsThere_ItGoesOnThereBeforeWhatItHas()
    {
        var replace = new Signal();
        var made = 0;
        await using var pool = new EventLoopPoolExecutor(2, new EventLoopOptions
        {
            TimeProvider = _clock,
            GracePeriod = Look / 20,
            HostFactory = () =>
            {
                var number = Interlocked.Increment(ref made);
                return new StubHost((_, pump) =>
                {
                    if (number > 2)
                    {
                        replace.Wait();
                    }

                    pump();
                });
            },
        });
        await pool.Started.Within();
        List<string> ran = [];
        var task = await Suspended(pool, ran);
        var loop = task.EventLoop!;
        var other = Assert.Single(pool.EventLoops, other => other != loop);
        var stuck = await Stick(pool, loop);
        var last = await Fill(other, ran);
        _resume.SetResult();
        stuck.Stop();
        _clock.Advance(loop.GracePeriod);
        Assert.Equal(AsyncTaskStatus.Abandoned, stuck.Status);
        Assert.Same(other, task.EventLoop);
        _gate.Open();
        await last.WaitAsync();
        Assert.Equal(["task", "other"], ran);
        replace.Open();
        _endWait.Open();
    }

    [Fact]
    public async Task GivenUp_ATaskWasTakenOverAndHadNoTurn_ItGoesOnOnYetAnotherLoop()
    {
        await using var pool = new EventLoopPoolExecutor(2, new EventLoopOptions { TimeProvider = _clock });
        List<string> ran = [];
        var task = await Suspended(pool, ran);
        var loop = task.EventLoop!;
        var other = Assert.Single(pool.EventLoops, other => other != loop);
        Block(loop);
        await _waiting.WaitAsync();
        var stuck = pool.Submit(Coroutines.Blocking(_busy, _gate));
        await _busy.WaitAsync();
        Assert.Same(other, stuck.EventLoop);
        _resume.SetResult();
        _clock.Advance(Look);
        Assert.Same(other, task.EventLoop);
        stuck.Stop();
        _clock.Advance(other.GracePeriod);
        Assert.Equal(AsyncTaskStatus.Abandoned, stuck.Status);
        Assert.True(await task.Future.Within());
        Assert.DoesNotContain(task.EventLoop, new[] { loop, other });
        _gate.Open();
        _endWait.Open();
    }

    [Fact]
    public async Task Wait_OfTheLoopThatHasTakenATaskOver_ItMovesOn()
    {
        await using var pool = new EventLoopPoolExecutor(2, new EventLoopOptions { TimeProvider = _clock });
        var task = await Suspended(pool, []);
        var loop = task.EventLoop!;
        var other = Assert.Single(pool.EventLoops, other => other != loop);
        Block(loop);
        await _waiting.WaitAsync();
        Signal waitsToo = new(), endOther = new();
        other.Post(
            _ =>
            {
                _busy.Open();
                _gate.Wait();
                using (EventLoop.EnterWait())
                {
                    waitsToo.Open();
                    endOther.Wait();
                }
            },
            null);
        await _busy.WaitAsync();
        _resume.SetResult();
        _clock.Advance(Look);
        Assert.Same(other, task.EventLoop);
        _gate.Open();
        await waitsToo.WaitAsync();
        _endWait.Open();
        await loop.Thread.SleepsWithin();
        _clock.Advance(Look);
        Assert.True(await task.Future.Within());
        Assert.Same(loop, task.EventLoop);
        endOther.Open();
    }

    [Fact]
    public async Task Host_OfTheLoopBeforeFails_TheTaskGoesOn()
    {
        var made = 0;
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions
        {
            HostFactory = () =>
            {
                var isFirst = Interlocked.Increment(ref made) == 1;
                return new StubHost((_, pump) =>
                {
                    if (!pump() && isFirst)
                    {
                        throw new InvalidOperationException("host");
                    }
                });
            },
        });
        Signal moved = new(), end = new();
        var task = pool.Submit(async _ =>
        {
            _suspended.Open();
            await _resume.Task;
            moved.Open();
            await end.Opened;
            return true;
        });
        await _suspended.WaitAsync();
        var loop = task.EventLoop!;
        Block(loop);
        _resume.SetResult();
        await moved.WaitAsync();
        Assert.NotSame(loop, task.EventLoop);
        loop.Post(_ => loop.LeavePump(), null);
        _endWait.Open();
        await loop.Completion.Within();
        loop.Thread.EndsWithin();
        end.Open();
        Assert.True(await task.Future.Within());
    }

    /// <summary>A task that notes where it goes on.</summary>
    private async Task<TaskInfo<bool>> Suspended(EventLoopPoolExecutor pool, List<string> ran)
    {
        var task = pool.Submit(async _ =>
        {
            _suspended.Open();
            await _resume.Task;
            ran.Add("task");
            return true;
        });
        await _suspended.WaitAsync();
        return task;
    }

    /// <summary>Holds the loop's thread, with a callback behind that.</summary>
    /// <returns>Opened by that callback.</returns>
    private async Task<Signal> Fill(EventLoop loop, List<string> ran)
    {
        var last = new Signal();
        loop.Post(
            _ =>
            {
                _busy.Open();
                _gate.Wait();
            },
            null);
        await _busy.WaitAsync();
        loop.Post(
            _ =>
            {
                ran.Add("other");
                last.Open();
            },
            null);
        return last;
    }

    /// <summary>Lets the loop's thread block for something, and say so.</summary>
    private void Block(EventLoop loop) => loop.Post(
        _ =>
        {
            using (EventLoop.EnterWait())
            {
                _waiting.Open();
                _endWait.Wait();
            }
        },
        null);

    /// <summary>
    /// Holds the loop's thread with a task's code, which does not care for a stop. The other loop has a task, too, which waits.
    /// </summary>
    private async Task<TaskInfo<bool>> Stick(EventLoopPoolExecutor pool, EventLoop loop)
    {
        var stick = new TaskCompletionSource();
        Dictionary<EventLoop, TaskInfo<bool>> suspended = [];
        while (suspended.Count < pool.PoolSize)
        {
            var waits = new Signal();
            var task = pool.Submit(async _ =>
            {
                waits.Open();
                await stick.Task;
                if (EventLoop.Current == loop)
                {
                    _stuck.Open();
                    _endWait.Wait();
                }

                await _endWait.Opened;
                return true;
            });
            await waits.WaitAsync();
            suspended.TryAdd(task.EventLoop!, task);
        }

        stick.SetResult();
        await _stuck.WaitAsync();
        return suspended[loop];
    }
}
