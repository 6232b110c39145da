using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>What comes after the end of a task: who is told, what is kept, and when the executor ends.</summary>
public sealed class EndTests
{
    private static readonly EventLoopOptions Impatient = new() { GracePeriod = TimeSpan.FromMilliseconds(50) };

    private readonly Signal _entered = new();
    private readonly Signal _gate = new();

    [Fact]
    public async Task Abandoned_CodeComesBack_ToldOfOnceAndThePoolGoesOn()
    {
        var pool = new EventLoopPoolExecutor(1, Impatient);
        var held = pool.EventLoops[0];
        var observer = new RecordingObserver(1);
        var stuck = new StubTask<bool>(() => Coroutines.Blocking(_entered, _gate)(default));
        new TaskGroup(pool, 1, observer).Add(stuck);
        await _entered.WaitAsync();
        stuck.Stop();
        await observer.All.Within();
        _gate.Open();
        held.Thread.EndsWithin();
        Assert.Single(observer.Tasks);

        Signal entered = new(), gate = new();
        var next = pool.Submit(Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        pool.Shutdown(wait: false);
        Assert.False(pool.Completion.IsCompleted);
        gate.Open();
        await pool.Completion.Within();
        Assert.Equal(AsyncTaskStatus.Succeeded, next.Status);
    }

    [Fact]
    public async Task Stopped_CodeThatWaitedComesBack_ToldOfOnce()
    {
        await using var pool = new EventLoopPoolExecutor(1, Impatient);
        var observer = new RecordingObserver(1);
        var deaf = new StubTask<bool>(() => Coroutines.AwaitingDeafly(_entered, _gate.Opened)(default));
        new TaskGroup(pool, 1, observer).Add(deaf);
        await _entered.WaitAsync();
        deaf.Stop();
        await observer.All.Within();
        _gate.Open();
        await Waiting.OnThread(() => pool.Shutdown()).Within();
        Assert.Single(observer.Tasks);
    }

    [Fact]
    public async Task Shutdown_TaskEndsOnAnotherThread_EndsWhenThatWasTold()
    {
        var pool = new EventLoopPoolExecutor(1);
        var thread = pool.EventLoops[0].Thread;
        var end = new TaskCompletionSource();
        var endedBefore = false;
        var group = new TaskGroup(pool, 1, new CallingObserver(() =>
        {
            // Long enough for the loop to end, if it did not wait for this.
            endedBefore = thread.Join(TimeSpan.FromMilliseconds(100));
        }));
        group.Add(new StubTask<int>(() =>
        {
            _entered.Open();
            return end.Task;
        }));
        await _entered.WaitAsync();
        pool.Shutdown(wait: false);
        await Waiting.OnThread(end.SetResult).Within();
        Assert.False(endedBefore);

        // Sooner than a loop looks by itself, which is after half a minute.
        Assert.True(thread.Join(TimeSpan.FromSeconds(20)), "The loop was not woken.");
    }

    [Fact]
    public async Task Shutdown_LoopIsGivenUpWhileAnotherIsHeld_WhatWaitedStillRuns()
    {
        var pool = new EventLoopPoolExecutor(2, Impatient);
        Signal entered = new(), gate = new();
        var stuck = pool.Submit(Coroutines.Blocking(_entered, _gate));
        var held = pool.Submit(Coroutines.Blocking(entered, gate));
        await _entered.WaitAsync();
        await entered.WaitAsync();
        var queued = Enumerable.Range(0, 6).Select(i => pool.Submit(Coroutines.Returning(i))).ToArray();
        var there = queued.Where(task => task.EventLoop == stuck.EventLoop).ToArray();
        pool.Shutdown(wait: false);
        stuck.Stop();
        Assert.NotEmpty(there);
        await Task.WhenAll(there.Select(task => task.Future)).Within();
        gate.Open();
        await pool.Completion.Within();
        Assert.True(held.Result!.Success);
        Assert.All(queued, task => Assert.Equal(AsyncTaskStatus.Succeeded, task.Status));
        _gate.Open();
    }

    [Fact]
    public async Task Suspended_OthersHaveEndedBetween_EachIsStopped()
    {
        await using var pool = new EventLoopPoolExecutor();
        List<TaskInfo<int>> waiting = [];
        for (var round = 0; round < 4; round++)
        {
            var ends = new TaskCompletionSource<int>();
            var ended = new List<Task>();
            for (var i = 0; i < 100; i++)
            {
                ended.Add(pool.Submit(_ => ends.Task).Future);
                waiting.Add(pool.Submit(token => new TaskCompletionSource<int>().Task.WaitAsync(token)));
            }

            await pool.Submit(Coroutines.Returning(1)).Future.Within();
            ends.SetResult(round);
            await Task.WhenAll(ended).Within();
        }

        pool.StopPending();
        Assert.All(await Task.WhenAll(waiting.Select(task => task.ResultWithin())), result => Assert.Equal(AsyncTaskStatus.Stopped, result.Status));
        Assert.Equal(0, pool.EventLoops[0].PendingCount);
    }

    /// <summary>What the loop keeps of a task that ended without its code is the task, which has the name given to it.</summary>
    [Fact]
    public async Task Suspended_ManyHaveEndedWhileOthersWait_FewAreKept()
    {
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { GracePeriod = TimeSpan.Zero });
        TaskCompletionSource<int> opened = new(), end = new();
        List<TaskInfo<int>> waiting = [pool.Submit(_ => opened.Task)];
        List<WeakReference> names = [];
        for (var round = 0; round < 10; round++)
        {
            names.AddRange(await Waiting.OnThread(() => RunToTheEnd(pool, round)).Within());
            waiting.Add(pool.Submit(_ => end.Task));
            await pool.Submit(Coroutines.Returning(1)).Future.Within();
            opened.TrySetResult(0);
        }

        Assert.True(
            SpinWait.SpinUntil(
                () =>
                {
                    GC.Collect();
                    return names.Count(static name => name.IsAlive) < 150;
                },
                Waiting.Limit),
            "The loop keeps the places of tasks that have ended.");
        end.SetResult(0);
        await Task.WhenAll(waiting.Select(task => task.Future)).Within();

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference[] RunToTheEnd(EventLoopPoolExecutor pool, int round)
        {
            var names = Enumerable.Range(0, 100).Select(i => $"{round}.{i}").ToArray();
            var tasks = Array.ConvertAll(names, name => pool.Submit(static _ => new TaskCompletionSource<int>().Task, new TaskOptions { Name = name }));
            Assert.Equal(1, pool.Submit(Coroutines.Returning(1)).Future.Result);
            Assert.All(tasks, static task => Assert.True(task.Stop()));
            Assert.All(tasks, static task => ((IAsyncResult)task.Future).AsyncWaitHandle.WaitOne(Waiting.Limit));
            return Array.ConvertAll(names, static name => new WeakReference(name));
        }
    }

    [Fact]
    public async Task Shutdown_TasksAndThreadAreKept_TheHostIsNot()
    {
        var (task, thread, host) = await EndedWithHost();

        Assert.True(Garbage.Collects(host), "What has ended keeps the host of its loop.");
        Assert.Equal(AsyncTaskStatus.Succeeded, task.Status);
        Assert.False(thread.IsAlive);
    }

    private static async Task<(TaskInfo Task, Thread Thread, WeakReference Host)> EndedWithHost()
    {
        var pool = new EventLoopPoolExecutor(1, StubHost.Options(static (_, pump) => pump()));
        var host = new WeakReference(pool.EventLoops[0].Host);
        var task = pool.Submit(Coroutines.Returning(1));
        await task.Future.Within();
        var thread = task.Thread!;
        await Waiting.OnThread(() => pool.Shutdown()).Within();
        Assert.True(thread.Join(Waiting.Limit));
        return (task, thread, host);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Suspended_AfterItsEnd_IsNotKeptByALoopWithoutWork(bool anotherWaits)
    {
        await using var pool = new EventLoopPoolExecutor();
        var resume = new TaskCompletionSource<int>();
        var other = anotherWaits ? pool.Submit(_ => resume.Task) : null;
        var ended = await Waiting.OnThread(() => RunToTheEnd(pool)).Within();
        Assert.True(Garbage.Collects(ended), "The loop keeps a task that has ended.");
        resume.SetResult(3);
        if (other is not null)
        {
            Assert.Equal(3, await other.Future.Within());
        }

        // Not asynchronous: its state would keep the task.
        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference RunToTheEnd(EventLoopPoolExecutor pool)
        {
            Signal entered = new(), gate = new();
            var task = pool.Submit(Coroutines.AwaitingDeafly(entered, gate.Opened));
            entered.Wait();
            gate.Open();
            Assert.True(task.Future.Wait(Waiting.Limit));
            return new WeakReference(task);
        }
    }

    [Fact]
    public async Task EnterWait_WithTasksBehindIt_TheyNeedNoClock()
    {
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = new FakeTimeProvider() });
        var outer = pool.Submit(_ => Task.FromResult(pool.Run(Coroutines.Returning(3))));
        Assert.Equal(3, await outer.Future.Within());
        await Waiting.OnThread(() => pool.Shutdown()).Within();
    }

    [Fact]
    public async Task Send_ToALoopThatWaitsForATaskBehindTheSender_DoesNotDeadlock()
    {
        await using var other = new DefaultBackgroundExecutor();
        var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = new FakeTimeProvider() });
        TaskInfo<int>? behind = null;
        var sender = pool.Submit(_ =>
        {
            _entered.Open();
            _gate.Wait();
            var ended = false;
            other.EventLoop.SynchronizationContext.Send(_ => ended = behind!.Future.Wait(Waiting.Limit), null);
            return Task.FromResult(ended);
        });
        await _entered.WaitAsync();
        behind = pool.Submit(Coroutines.Returning(1));
        _gate.Open();
        Assert.True(await sender.Future.Within());
        await Waiting.OnThread(() => pool.Shutdown()).Within();
    }

    [Fact]
    public async Task UnhandledException_StopOrObserverThrows_Raised()
    {
        await using var pool = new EventLoopPoolExecutor(1, Impatient);
        var raised = new List<Exception>();
        pool.EventLoops[0].UnhandledException += (_, e) =>
        {
            lock (raised)
            {
                raised.Add((Exception)e.ExceptionObject);
            }
        };
        var end = new TaskCompletionSource();
        var task = new StubTask<int>(() =>
        {
            _entered.Open();
            return end.Task;
        })
        { Stopping = () => throw new FormatException("stop") };
        new TaskGroup(pool, 1, new CallingObserver(() => throw new FormatException("observer"))).Add(task);
        await _entered.WaitAsync();
        Assert.True(task.Stop());
        await task.ResultWithin();
        await Waiting.OnThread(() => pool.Shutdown()).Within();
        Assert.Equal(["stop", "observer"], raised.Select(exception => exception.Message));
    }

    /// <summary>So that none takes the stop of a task that it waits for as an answer, and succeeds.</summary>
    [Fact]
    public async Task StopPending_WhatHasBegunWaitsForWhatHasNot_IsAskedFirst()
    {
        await using var pool = new EventLoopPoolExecutor(2);
        Signal[] entered = [new(), new()];
        var outer = entered.Select(signal => pool.Submit(Coroutines.Blocking(signal, _gate))).ToArray();
        await Task.WhenAll(entered.Select(signal => signal.WaitAsync()));

        // One for the queue of each loop. The outer ones end while the first of them is told to have ended.
        var group = new TaskGroup(pool, 2, new CallingObserver(() =>
        {
            _gate.Open();
            Assert.True(SpinWait.SpinUntil(() => outer.All(task => task.Future.IsCompleted), Waiting.Limit));
        }));
        group.Add(new StubTask<int>(() => null));
        group.Add(new StubTask<int>(() => null));
        Assert.All(pool.EventLoops, loop => Assert.Equal(1, loop.QueuedCount));

        pool.StopPending();
        Assert.All(outer, task => Assert.Equal(AsyncTaskStatus.Stopped, task.Status));
    }

    [Fact]
    public async Task Unused_LoopsBeyondThePoolsSize_AreLetGoAfterHalfAMinute()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("ASYNCEXECUTORS_NIGHTLY") == "1", "Takes half a minute.");
        await using var pool = new EventLoopPoolExecutor(1);
        pool.AllowLoops(3);
        using var all = new Barrier(3);
        var tasks = Enumerable.Range(0, 3).Select(_ => pool.Submit(_ => Task.FromResult(all.SignalAndWait(Waiting.Limit))).Future).ToArray();
        Assert.All(await Task.WhenAll(tasks).Within(), Assert.True);
        var loops = pool.EventLoops.ToArray();
        Assert.Equal(3, loops.Length);
        await Task.WhenAny(Task.WhenAll(loops.Select(loop => loop.Completion)), Task.Delay(TimeSpan.FromSeconds(40)));
        Assert.Single(pool.EventLoops);
        Assert.Equal(2, loops.Count(loop => loop.Completion.IsCompleted));
        Assert.Equal(1, await pool.Submit(Coroutines.Returning(1)).Future.Within());
    }
}
