using System.Runtime.CompilerServices;

namespace AsyncExecutors.Tests.Engine.Tasks;

/// <summary>
/// The future: what it ends with, when it is there, and where what awaits it goes on. That of a task which an executor makes is
/// made with the task, that of a task of a derived type when somebody asks for it.
/// </summary>
public sealed class FutureTests : IDisposable
{
    private readonly EventLoopPoolExecutor _pool = new();

    public enum Asked
    {
        BeforeTheTurn,
        WhileItRuns,
        AfterTheEnd,
    }

    public static TheoryData<bool, Asked> Ways => new MatrixTheoryData<bool, Asked>([true, false], Enum.GetValues<Asked>());

    public void Dispose() => _pool.Dispose();

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Succeeded_HasTheValue(bool isDerived, Asked asked)
    {
        var (task, future) = await EndAsync(isDerived, asked, static () => 7, AsyncTaskStatus.Succeeded);
        Assert.Equal(7, await future.Within());
        Assert.Same(future, task.Future);
        Assert.Same(future, ((TaskInfo)task).Future);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Failed_HasTheException(bool isDerived, Asked asked)
    {
        var failure = new FormatException("no number");
        var (_, future) = await EndAsync(isDerived, asked, () => throw failure, AsyncTaskStatus.Failed);
        Assert.Same(failure, await Assert.ThrowsAsync<FormatException>(() => future.Within()));
        Assert.True(future.IsFaulted);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Failed_CancelledByItself_CancelledWithThatException(bool isDerived, Asked asked)
    {
        var failure = new OperationCanceledException("gave up");
        var (_, future) = await EndAsync(isDerived, asked, () => throw failure, AsyncTaskStatus.Failed);
        Assert.Same(failure, await Assert.ThrowsAsync<OperationCanceledException>(() => future.Within()));
        Assert.True(future.IsCanceled);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Stopped_CancelledAndSaysWhat(bool isDerived, Asked asked)
    {
        var (task, future) = await EndAsync(isDerived, asked, static () => 7, AsyncTaskStatus.Stopped);
        Assert.Equal($"{task.Name} was stopped.", (await Assert.ThrowsAsync<OperationCanceledException>(() => future.Within())).Message);
        Assert.True(future.IsCanceled);
    }

    [Theory]
    [InlineData(Asked.BeforeTheTurn)]
    [InlineData(Asked.AfterTheEnd)]
    public async Task Succeeded_ResultOfAnotherType_FailsWithThat(Asked asked)
    {
        var task = new StubTask<int>(static () => null) { MakeResult = static (status, _) => new TaskResult(status, "seven") };
        var future = asked == Asked.BeforeTheTurn ? task.Future : null;
        _pool.Submit(task);
        await _pool.Submit(Coroutines.Returning(1)).Future.Within();
        Assert.Equal(AsyncTaskStatus.Succeeded, task.Status);
        await Assert.ThrowsAsync<InvalidCastException>(() => (future ?? task.Future).Within());
    }

    [Fact]
    public async Task Succeeded_ResultOfAnotherType_TheObserverIsToldAllTheSame()
    {
        var observer = new RecordingObserver(1);
        var task = new StubTask<int>(static () => null) { MakeResult = static (status, _) => new TaskResult(status, "seven") };
        var future = task.Future;
        new TaskGroup(_pool, 1, observer).Add(task);
        await observer.All.Within();
        Assert.Same(task, Assert.Single(observer.Tasks));
        await Assert.ThrowsAsync<InvalidCastException>(() => future.Within());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ended_WithoutItsCode_TimedOutOrCancelled(bool isTimedOut)
    {
        Signal entered = new(), gate = new();
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { GracePeriod = TimeSpan.FromMilliseconds(50) });
        var limit = isTimedOut ? TimeSpan.FromMilliseconds(1) : Timeout.InfiniteTimeSpan;
        var task = pool.Submit(Coroutines.Blocking(entered, gate), new TaskOptions { Timeout = limit });
        await entered.WaitAsync();
        if (isTimedOut)
        {
            await Assert.ThrowsAsync<TimeoutException>(() => task.Future.Within());
        }
        else
        {
            task.Stop();
            await Assert.ThrowsAsync<OperationCanceledException>(() => task.Future.Within());
            Assert.Equal(AsyncTaskStatus.Abandoned, task.Status);
            Assert.True(task.Future.IsCanceled);
        }

        gate.Open();
    }

    [Fact]
    public async Task Future_TwoThreadsAskAtOnce_OneForBothAndItEnds()
    {
        var tasks = Enumerable.Range(0, 20_000).Select(_ => new StubTask<int>(static () => null)).ToArray();
        using var step = new Barrier(3);
        Task<int>[] Futures() => [.. tasks.Chunk(50).SelectMany(chunk =>
        {
            // They would soon be out of step.
            step.SignalAndWait();
            return chunk.Select(static task => task.Future);
        })];

        bool SubmitAll()
        {
            foreach (var chunk in tasks.Chunk(50))
            {
                step.SignalAndWait();
                Array.ForEach(chunk, _pool.Submit);
            }

            return true;
        }

        Task<Task<int>[]> first = Waiting.OnThread(Futures), second = Waiting.OnThread(Futures);
        Assert.True(await Waiting.OnThread(SubmitAll).Within());
        Assert.Equal(await first.Within(), await second.Within());
        await Task.WhenAll(await first).Within();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Future_AwaitedWithoutAContext_GoesOnOffTheLoop(bool endsElsewhere)
    {
        Signal entered = new(), gate = new();
        var task = _pool.Submit(endsElsewhere
            ? async _ =>
            {
                entered.Open();
                await gate.Opened.ConfigureAwait(false);
                return true;
            }
            : Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        var one = LoopAfter(task.Future);
        var all = LoopAfter(Task.WhenAll(task.Future, Task.CompletedTask));
        gate.Open();
        Assert.Null(await one.Within());
        Assert.Null(await all.Within());

        static async Task<EventLoop?> LoopAfter(Task future)
        {
            await future.ConfigureAwait(false);
            return EventLoop.Current;
        }
    }

    [Fact]
    public async Task Future_ContinuationThatBlocks_DoesNotHoldTheLoop()
    {
        Signal gate = new();
        var task = _pool.Submit(async _ =>
        {
            await Task.Yield();
            return 1;
        });
        var blocked = task.Future.ContinueWith(_ => gate.Wait(), TaskScheduler.Default);
        Assert.Equal(2, await _pool.Submit(Coroutines.Returning(2)).Future.Within());
        gate.Open();
        await blocked.Within();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Future_EndedByAThreadWithoutALoop_WhatAwaitsItDoesNotRunThere(bool hasPlainContext)
    {
        var end = new TaskCompletionSource();
        var task = new StubTask<int>(() => end.Task);
        _pool.Submit(task);
        await _pool.Submit(Coroutines.Returning(1)).Future.Within();
        var after = ThreadAfter(task.Future);
        var context = hasPlainContext ? new SynchronizationContext() : null;
        var ending = await Waiting.OnThread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(context);
            end.SetResult();
            Assert.Same(context, SynchronizationContext.Current);
            return Thread.CurrentThread;
        }).Within();
        Assert.NotSame(ending, await after.Within());

        static async Task<Thread> ThreadAfter(Task future)
        {
            await future.ConfigureAwait(false);
            return Thread.CurrentThread;
        }
    }

    [Fact]
    public async Task Future_AskedForAfterTheEnd_TheAskersContextStays()
    {
        var task = new StubTask<int>(static () => null);
        _pool.Submit(task);
        await _pool.Submit(Coroutines.Returning(2)).Future.Within();
        var context = new SynchronizationContext();
        Assert.Same(context, await Waiting.OnThread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(context);
            Assert.Equal(0, task.Future.Result);
            return SynchronizationContext.Current;
        }).Within());
    }

    [Fact]
    public async Task Future_FailedAndNotLookedAt_IsNoUnobservedFailure()
    {
        var failure = new FormatException("seen in the result");
        Assert.False(await Garbage.LeavesUnobserved(failure, () => Fail(_pool, failure)));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Fail(EventLoopPoolExecutor pool, Exception failure)
        {
            Signal entered = new(), gate = new();
            var task = pool.Submit<bool>(_ =>
            {
                entered.Open();
                gate.Wait();
                throw failure;
            });
            entered.Wait();
            _ = task.Future;
            gate.Open();
            Assert.Equal(1, pool.Submit(Coroutines.Returning(1)).Future.Result);
            Assert.Equal(2, pool.Submit(Coroutines.Returning(2)).Future.Result);
            Assert.Same(failure, task.Result!.Exception);
        }
    }

    /// <summary>A task that has ended, and its future, which was asked for then.</summary>
    private async Task<(TaskInfo<int> Task, Task<int> Future)> EndAsync(bool isDerived, Asked asked, Func<int> code, AsyncTaskStatus end)
    {
        Signal before = new(), begin = new(), entered = new(), gate = new();
        _ = _pool.Submit(Coroutines.Blocking(before, begin));
        await before.WaitAsync();
        var task = isDerived ? Derived() : _pool.Submit(_ => RunAsync());
        var future = asked == Asked.BeforeTheTurn ? task.Future : null;
        begin.Open();
        await entered.WaitAsync();
        future ??= asked == Asked.WhileItRuns ? task.Future : null;
        Assert.True(future?.IsCompleted != true);
        if (end == AsyncTaskStatus.Stopped)
        {
            task.Stop();
        }

        gate.Open();
        var last = Task.Delay(Waiting.Limit);
        while (task.Status != end && !last.IsCompleted)
        {
            await _pool.Submit(Coroutines.Returning(1)).Future.Within();
        }

        Assert.Equal(end, task.Status);
        return (task, future ?? task.Future);

        async Task<int> RunAsync()
        {
            entered.Open();
            await gate.Opened;
            return code();
        }

        StubTask<int> Derived()
        {
            Task<int>? body = null;
            var derived = new StubTask<int>(() => body = RunAsync())
            {
                MakeResult = (status, exception) => new TaskResult(status, status == AsyncTaskStatus.Succeeded ? body!.Result : null, exception),
            };
            _pool.Submit(derived);
            return derived;
        }
    }
}
