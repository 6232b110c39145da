using System.Runtime.CompilerServices;

namespace AsyncExecutors.Tests.Engine.EventLoops;

/// <summary>What a loop lets go of before it waits for work.</summary>
public sealed class IdleLoopTests
{
    [Fact]
    public async Task Idle_TheLastTaskHasEnded_TheHostIsToldOnTheLoopsThread()
    {
        var hasRun = false;
        var told = new TaskCompletionSource<EventLoop?>();
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions
        {
            HostFactory = () => new IdleHost(() =>
            {
                if (Volatile.Read(ref hasRun))
                {
                    told.TrySetResult(EventLoop.Current);
                }
            }),
        });
        var task = pool.Submit(_ =>
        {
            Volatile.Write(ref hasRun, true);
            return Task.FromResult(1);
        });
        Assert.Equal(1, await task.Future.Within());
        Assert.Same(task.EventLoop, await told.Task.Within());
    }

    [Fact]
    public async Task Idle_HostThrows_LeavesThePumpAndAFreshLoopTakesOver()
    {
        var failure = new FormatException("of the host");
        var failures = 0;
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions
        {
            HostFactory = () => new IdleHost(() =>
            {
                if (Interlocked.Increment(ref failures) == 1)
                {
                    throw failure;
                }
            }),
        });
        var broken = pool.EventLoops[0];
        await broken.Completion.Within();
        Assert.Equal(2, await pool.Submit(Coroutines.Returning(2)).Future.Within());
        Assert.NotSame(broken, Assert.Single(pool.EventLoops));
    }

    /// <summary>Its code waits for what never comes, and nobody else knows of it.</summary>
    [Fact]
    public async Task Idle_ATaskHasEndedWithoutItsCode_IsNotKept()
    {
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { GracePeriod = TimeSpan.FromMilliseconds(50) });
        var ended = await Waiting.OnThread(() => StopDeaf(pool)).Within();
        Assert.Equal(1, await pool.Submit(Coroutines.Returning(1)).Future.Within());
        Assert.True(Garbage.Collects(ended), "The loop keeps a task that has ended.");

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference StopDeaf(EventLoopPoolExecutor pool)
        {
            var task = pool.Submit(static _ => new TaskCompletionSource<int>().Task);
            Assert.Equal(2, pool.Submit(Coroutines.Returning(2)).Future.Result);
            task.Stop();
            Assert.True(((IAsyncResult)task.Future).AsyncWaitHandle.WaitOne(Waiting.Limit));
            return new WeakReference(task);
        }
    }

    private sealed class IdleHost(Action idle) : IEventLoopHost
    {
        public void Run(EventLoop loop, Func<bool> pump) => pump();

        public void Idle() => idle();
    }
}
