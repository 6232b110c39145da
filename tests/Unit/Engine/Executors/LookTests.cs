using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>What the pool's look at its loops leads to. The clock stands still unless told, and so does the look.</summary>
public sealed class LookTests
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly FakeTimeProvider _clock = new();
    private readonly TaskCompletionSource _resume = new();
    private readonly Signal _gate = new();

    [Fact]
    public async Task Look_AllLoopsAreHeld_TwiceAsManyEachTime()
    {
        await using var pool = Pool(1);
        pool.AllowLoops(8);
        var entered = 0;
        var tasks = Enumerable.Range(0, 8).Select(_ => pool.Submit(_ =>
        {
            Interlocked.Increment(ref entered);
            _gate.Wait();
            return Task.FromResult(true);
        })).ToArray();
        foreach (var loops in new[] { 1, 2, 4, 8 })
        {
            Assert.Equal(loops, pool.EventLoops.Count);
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref entered) == loops, Waiting.Limit), $"Not all of {loops} loops have a task.");

            // The first one notes what is on the loops.
            _clock.Advance(Look);
            _clock.Advance(Look);
        }

        _gate.Open();
        await Task.WhenAll(tasks.Select(static task => task.Future)).Within();
    }

    [Fact]
    public async Task Look_TwoLoopsWaitAndHaveContinuations_BothTasksMove()
    {
        await using var pool = Pool(2);
        var first = await Suspend(pool);
        var second = await Suspend(pool);
        Assert.NotSame(first.EventLoop, second.EventLoop);
        await Block(first.EventLoop!);
        await Block(second.EventLoop!);
        _resume.SetResult();
        _clock.Advance(Look);
        Assert.Equal(3, pool.EventLoops.Count);
        await pool.EventLoops[2].Started.Within();
        _clock.Advance(Look);
        Assert.True(await first.Future.Within());
        Assert.True(await second.Future.Within());
        Assert.Same(first.EventLoop, second.EventLoop);
        _gate.Open();
    }

    [Fact]
    public async Task Look_TwoLoopsAreFree_ATaskMovesToTheOneWithLessToDo()
    {
        await using var pool = Pool(3);
        await pool.Started.Within();
        var moves = await Suspend(pool);
        var other = await Suspend(pool, _gate.Opened);
        await Block(moves.EventLoop!);
        var free = Assert.Single(pool.EventLoops, loop => loop != moves.EventLoop && loop != other.EventLoop);
        _resume.SetResult();
        _clock.Advance(Look);
        Assert.True(await moves.Future.Within());
        Assert.Same(free, moves.EventLoop);
        _gate.Open();
        Assert.True(await other.Future.Within());
    }

    private EventLoopPoolExecutor Pool(int size) => new(size, new EventLoopOptions { TimeProvider = _clock });

    private async Task<TaskInfo<bool>> Suspend(EventLoopPoolExecutor pool, Task? until = null)
    {
        var suspended = new Signal();
        var task = pool.Submit(Coroutines.AwaitingDeafly(suspended, until ?? _resume.Task));
        await suspended.WaitAsync();
        return task;
    }

    private async Task Block(EventLoop loop)
    {
        var waiting = new Signal();
        loop.Post(
            _ =>
            {
                using (EventLoop.EnterWait())
                {
                    waiting.Open();
                    _gate.Wait();
                }
            },
            null);
        await waiting.WaitAsync();
    }
}
