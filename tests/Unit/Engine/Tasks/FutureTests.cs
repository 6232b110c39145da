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
        Assert.True(future.IsFaulted);
        Assert.Same(failure, await Assert.ThrowsAsync<FormatException>(() => future.Within()));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Failed_CancelledByItself_CancelledWithThatException(bool isDerived, Asked asked)
    {
        var failure = new OperationCanceledException("gave up");
        var (_, future) = await EndAsync(isDerived, asked, () => throw failure, AsyncTaskStatus.Failed);
        Assert.True(future.IsCanceled);
        Assert.Same(failure, await Assert.ThrowsAsync<OperationCanceledException>(() => future.Within()));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Stopped_CancelledAndSaysWhat(bool isDerived, Asked asked)
    {
        var (task, future) = await EndAsync(isDerived, asked, static () => 7, AsyncTaskStatus.Stopped);
        Assert.True(future.IsCanceled);
        Assert.Equal($"{task.Name} was stopped.", (await Assert.ThrowsAsync<TaskCanceledException>(() => future.Within())).Message);
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
            var derived = new StubTask<int>(() => body = RunAsync()) { MakeResult = (status, exception) => new TaskResult(status, status == AsyncTaskStatus.Succeeded ? body!.Result : null, exception) };
            _pool.Submit(derived);
            return derived;
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Future_TwoThreadsAskAtOnceAfterTheEnd_HasEndedForBoth(bool isDerived)
    {
        var tasks = Enumerable.Range(0, 20_000).Select(Submit).ToArray();
        _pool.Shutdown();

        TaskInfo<int> Submit(int number)
        {
            if (!isDerived)
            {
                return _pool.Submit(Coroutines.Returning(number));
            }

            var task = new StubTask<int>(static () => null);
            _pool.Submit(task);
            return task;
        }

        using var step = new Barrier(2);
        int WithoutEnd() => tasks.Chunk(50).Sum(chunk =>
        {
            // The two would soon be out of step.
            step.SignalAndWait();
            return chunk.Count(static task => !task.Future.IsCompleted);
        });

        var withoutEnd = await Task.WhenAll(Task.Run(WithoutEnd), Task.Run(WithoutEnd)).Within();
        Assert.Equal(0, withoutEnd.Sum());
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
}
