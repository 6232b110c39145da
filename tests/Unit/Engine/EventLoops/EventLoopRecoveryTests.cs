using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.EventLoops;

/// <summary>What a loop owes its tasks around a new start, a host that fails at once, and a loop that cannot be made.</summary>
public sealed class EventLoopRecoveryTests
{
    [Fact]
    public async Task LeavePump_HostTakesLong_TheNextTaskBeginsAfterwards()
    {
        var clock = new FakeTimeProvider();
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions
        {
            TimeProvider = clock,
            HostFactory = () => new StubHost((_, pump) =>
            {
                while (!pump())
                {
                    clock.Advance(TimeSpan.FromHours(1));
                }
            }),
        });
        var gate = new Signal();
        var first = pool.Submit(_ =>
        {
            gate.Wait();
            EventLoop.Current!.LeavePump();
            return Task.FromResult(1);
        });
        var second = pool.Submit(Coroutines.Returning(2), new TaskOptions { Timeout = TimeSpan.FromMinutes(1) });
        gate.Open();
        await first.ResultWithin();
        var result = await second.ResultWithin();
        Assert.Equal(AsyncTaskStatus.Succeeded, result.Status);
        Assert.Equal(TimeSpan.Zero, result.Duration);
        Assert.Equal(clock.GetUtcNow(), result.StartedAt);
    }

    [Fact]
    public async Task Started_HostFailedBeforeItWasAsked_FailsAllTheSame()
    {
        await using var pool = new EventLoopPoolExecutor(2, StubHost.Options((_, _) => throw new InvalidOperationException("no host")));
        await Task.WhenAll(pool.EventLoops.Select(static loop => loop.Completion)).Within();
        Assert.True(SpinWait.SpinUntil(() => pool.EventLoops.Count == 0, Waiting.Limit));
        Assert.Equal("no host", (await Assert.ThrowsAsync<InvalidOperationException>(() => pool.Started.Within())).Message);
    }

    [Fact]
    public async Task AllowLoops_NoMoreLoopsCanBeMade_ThoseThereAreServeAll()
    {
        var clock = new FailingClock();
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = clock });
        await pool.Started.Within();
        pool.AllowLoops(10);
        Signal entered = new(), gate = new();
        var held = pool.Submit(Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        clock.Fails = true;
        var queued = pool.Submit(Coroutines.Returning(2));
        await clock.Failed.WaitAsync();
        clock.Fails = false;
        Assert.Equal(2, await queued.Future.Within());
        Assert.Equal(2, pool.EventLoops.Count);
        gate.Open();
        await held.Future.Within();
        await Waiting.OnThread(() => pool.Shutdown()).Within();
    }

    /// <summary>The task in the pool of one waits for a task that needs another loop, and none can be had.</summary>
    [Fact]
    public async Task Run_InATask_LoopForItCannotBeSetUp_FailsInsteadOfWaitingForEver()
    {
        var made = 0;
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions
        {
            HostFactory = () => Interlocked.Increment(ref made) == 1
                ? new StubHost(static (_, pump) => pump())
                : new StubHost(static (_, _) => throw new InvalidOperationException("the second")),
        });
        for (var i = 0; i < 2; i++)
        {
            var outer = await pool.Submit(_ => Task.FromResult(pool.Run(Coroutines.Returning(1)))).ResultWithin();
            Assert.Equal(AsyncTaskStatus.Failed, outer.Status);
            Assert.Contains("the second", outer.Exception!.Message);
        }

        Assert.Equal(3, await pool.Submit(Coroutines.Returning(3)).Future.Within());
        Assert.InRange(made, 2, 20);
    }

    [Fact]
    public async Task Run_InATask_NoThreadForIt_FailsInsteadOfWaitingForEver()
    {
        var clock = new FailingClock();
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = clock });
        await pool.Started.Within();
        var outer = await pool.Submit(_ =>
        {
            clock.Fails = true;
            try
            {
                return Task.FromResult(pool.Run(Coroutines.Returning(1)));
            }
            finally
            {
                clock.Fails = false;
            }
        }).ResultWithin();
        Assert.Equal("no thread", Assert.IsType<OutOfMemoryException>(outer.Exception).Message);
        Assert.Equal(2, await pool.Submit(Coroutines.Returning(2)).Future.Within());
    }

    [Fact]
    public async Task Stop_LoopCannotBeReplaced_WhatWaitsFailsAndShutdownEnds()
    {
        var clock = new FailingClock();
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = clock, GracePeriod = TimeSpan.FromMilliseconds(50) });
        Signal entered = new(), gate = new();
        var stuck = pool.Submit(Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        var queued = pool.Submit(Coroutines.Returning(2));
        clock.Fails = true;
        stuck.Stop();
        Assert.Equal(AsyncTaskStatus.Abandoned, (await stuck.ResultWithin()).Status);
        var result = await queued.ResultWithin();
        Assert.Equal(AsyncTaskStatus.Failed, result.Status);
        Assert.Contains("no thread", result.Exception!.Message);
        await Waiting.OnThread(() => pool.Shutdown()).Within();
        gate.Open();
    }

    /// <summary>Its queue goes to a loop that waits, and the pool finds that out while it holds its own lock.</summary>
    [Fact]
    public async Task Stop_LoopCannotBeReplacedAndTheOthersWait_WhatWaitsFailsAndIsToldOfFreely()
    {
        var clock = new FailingClock();
        await using var pool = new EventLoopPoolExecutor(2, new EventLoopOptions { TimeProvider = clock, GracePeriod = TimeSpan.FromMilliseconds(50) });
        await pool.Started.Within();
        Signal entered = new(), gate = new(), waiting = new();
        var stuck = pool.Submit(Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        var waiter = pool.Submit(_ =>
        {
            using (EventLoop.EnterWait())
            {
                waiting.Open();
                gate.Wait();
            }

            return Task.FromResult(true);
        });
        await waiting.WaitAsync();
        clock.Fails = true;
        var isFree = new TaskCompletionSource<bool>();
        var group = new TaskGroup(pool, 1, new CallingObserver(
            () => isFree.SetResult(Waiting.OnThread(() => pool.Shutdown(wait: false)).Wait(Waiting.Limit / 2))));
        var queued = new StubTask<int>(static () => null);
        group.Add(queued);
        Assert.Same(stuck.EventLoop, queued.EventLoop);
        stuck.Stop();
        Assert.True(await isFree.Task.Within(), "The pool's lock was held.");
        Assert.Contains("no thread", queued.Result!.Exception!.Message);
        clock.Fails = false;
        gate.Open();
        Assert.True(await waiter.Future.Within());
    }

    /// <summary>Whoever is told that the first one failed lets a loop go on, which serves the second.</summary>
    [Fact]
    public async Task Wait_NoThreadForWhatWaits_ALoopComesBackMeanwhile_OnlyWhatFailedBeforeFails()
    {
        var clock = new FailingClock();
        await using var pool = new EventLoopPoolExecutor(2, new EventLoopOptions { TimeProvider = clock });
        await pool.Started.Within();
        Signal waiting = new(), endWait = new(), back = new(), entered = new(), gate = new(), announced = new(), end = new();
        var comesBack = pool.Submit(_ =>
        {
            using (EventLoop.EnterWait())
            {
                waiting.Open();
                endWait.Wait();
            }

            back.Open();
            announced.Wait();
            return Task.FromResult(true);
        });
        await waiting.WaitAsync();
        var waiter = pool.Submit(_ =>
        {
            entered.Open();
            gate.Wait();
            using (EventLoop.EnterWait())
            {
                announced.Open();
                end.Wait();
            }

            return Task.FromResult(true);
        });
        await entered.WaitAsync();
        clock.Fails = true;
        var group = new TaskGroup(pool, 1, new CallingObserver(() =>
        {
            clock.Fails = false;
            endWait.Open();
            back.Wait();
        }));
        StubTask<int> first = new(static () => null), second = new(static () => null);
        group.Add(first);
        pool.Submit(second);
        Assert.Same(waiter.EventLoop, first.EventLoop);
        Assert.Same(waiter.EventLoop, second.EventLoop);
        gate.Open();
        Assert.Contains("no thread", (await first.ResultWithin()).Exception!.Message);
        Assert.Equal(AsyncTaskStatus.Succeeded, (await second.ResultWithin()).Status);
        end.Open();
        Assert.True(await comesBack.Future.Within());
        Assert.True(await waiter.Future.Within());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Abandoned_CodeComesBack_OthersThatWaitedThereGoOn(bool hasHost)
    {
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions
        {
            GracePeriod = TimeSpan.FromMilliseconds(50),
            HostFactory = hasHost ? () => new StubHost(static (_, pump) => pump()) : null,
        });
        Signal suspended = new(), resume = new(), entered = new(), gate = new();
        var other = pool.Submit(Coroutines.Awaiting(suspended, resume.Opened));
        await suspended.WaitAsync();
        var stuck = pool.Submit(Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        stuck.Stop();
        Assert.Equal(AsyncTaskStatus.Abandoned, (await stuck.ResultWithin()).Status);
        gate.Open();
        stuck.Thread!.EndsWithin();
        resume.Open();
        Assert.True(await other.Future.Within());
    }

    /// <summary>Others know threads that have ended for long.</summary>
    [Fact]
    public async Task Ended_TheThreadIsKept_TheLoopIsNot()
    {
        var (thread, loop) = await Waiting.OnThread(RunToTheEnd).Within();
        Assert.True(Garbage.Collects(loop), "The thread keeps its loop.");
        GC.KeepAlive(thread);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static (Thread Thread, WeakReference Loop) RunToTheEnd()
        {
            using var pool = new EventLoopPoolExecutor();
            var loop = pool.EventLoops[0];
            pool.Shutdown();
            loop.Thread.EndsWithin();
            return (loop.Thread, new WeakReference(loop));
        }
    }

    [Fact]
    public async Task Ended_ATimeoutWasFarAhead_TheLoopIsNotKept()
    {
        var ended = await Waiting.OnThread(RunToTheEnd).Within();
        Assert.True(Garbage.Collects(ended));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference RunToTheEnd()
        {
            using var pool = new EventLoopPoolExecutor();
            var task = pool.Submit(Coroutines.Returning(1), new TaskOptions { Timeout = TaskOptions.MaxTimeout });
            Assert.Equal(1, task.Future.Result);
            pool.Shutdown();
            task.Thread!.EndsWithin();
            return new WeakReference(task.EventLoop);
        }
    }
}
