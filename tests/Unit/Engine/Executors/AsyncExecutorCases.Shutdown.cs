using System.Runtime.CompilerServices;

namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>How executors end.</summary>
public abstract partial class AsyncExecutorCases
{
    [Fact]
    public async Task Shutdown_WithPending_ReturnsWhenAllHasEnded()
    {
        await using var executor = Make();
        Signal entered = new(), gate = new();
        var tasks = new List<TaskInfo<bool>> { executor.Submit(Coroutines.Awaiting(entered, gate.Opened)) };
        for (var i = 0; i < 100; i++)
        {
            tasks.Add(executor.Submit(Coroutines.Returning(true)));
        }

        await entered.WaitAsync();
        var threads = tasks.Select(task => task.Thread!).Distinct().ToArray();
        var shutdown = Waiting.OnThread(() => executor.Shutdown());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            while (true)
            {
                // Refused as soon as the other thread has begun to shut down.
                await executor.Submit(Coroutines.Returning(true)).Future.Within();
            }
        });
        Assert.False(shutdown.IsCompleted);
        gate.Open();
        await shutdown.Within();
        Assert.All(tasks, task => Assert.Equal(AsyncTaskStatus.Succeeded, task.Status));
        Assert.All(tasks, task => Assert.True(task.Future.IsCompleted));
        Assert.All(threads, thread => thread.EndsWithin());
    }

    [Fact]
    public async Task Shutdown_WithoutWait_ReturnsAtOnceAndPendingEnds()
    {
        await using var executor = Make();
        Signal entered = new(), gate = new();
        var task = executor.Submit(Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        executor.Shutdown(wait: false);
        Assert.Null(task.Result);
        gate.Open();
        Assert.Equal(AsyncTaskStatus.Succeeded, (await task.ResultWithin()).Status);
        task.Thread!.EndsWithin();
    }

    [Fact]
    public async Task Shutdown_TwiceAndDisposeAfterwards_IsFine()
    {
        var executor = Make();
        await Waiting.OnThread(() =>
        {
            executor.Shutdown();
            executor.Shutdown();
            executor.Dispose();
        }).Within();
        await executor.DisposeAsync().AsTask().Within();
        Assert.Throws<ObjectDisposedException>(() => executor.Submit(Coroutines.Returning(1)));
        Assert.Throws<ObjectDisposedException>(() => executor.Run(Coroutines.Returning(1)));
        Assert.Throws<ObjectDisposedException>(() => executor.Submit(new StubTask<int>(() => null)));
    }

    [Fact]
    public async Task Shutdown_FromItsOwnLoop_DoesNotJoinItself()
    {
        await using var executor = Make();
        var task = executor.Submit(async _ =>
        {
            executor.Shutdown();
            await Task.Yield();
            return true;
        });
        Assert.True(await task.Future.Within());
        await Waiting.OnThread(() => executor.Shutdown()).Within();
        task.Thread!.EndsWithin();
    }

    [Fact]
    public async Task Shutdown_TokenCancelled_EndsTheWaitOnly()
    {
        await using var executor = Make();
        Signal entered = new(), gate = new();
        var task = executor.Submit(Coroutines.Awaiting(entered, gate.Opened));
        await entered.WaitAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Waiting.OnThread(() => executor.Shutdown(true, new CancellationToken(canceled: true))).Within());
        Assert.Throws<ObjectDisposedException>(() => executor.Submit(Coroutines.Returning(1)));
        gate.Open();
        Assert.True((await task.ResultWithin()).Success);
    }

    [Fact]
    public async Task Shutdown_RacingSubmits_EachIsRefusedOrEnds()
    {
        for (var round = 0; round < 50; round++)
        {
            var executor = Make();
            var start = new Signal();
            var submitters = Enumerable.Range(0, 3).Select(_ => Waiting.OnThread(() =>
            {
                var tasks = new List<TaskInfo<int>>();
                start.Wait();
                try
                {
                    while (true)
                    {
                        tasks.Add(executor.Submit(Coroutines.Returning(1)));
                    }
                }
                catch (ObjectDisposedException)
                {
                    return tasks;
                }
            })).ToArray();
            start.Open();
            await Waiting.OnThread(() => executor.Shutdown()).Within();
            foreach (var tasks in await Task.WhenAll(submitters).Within())
            {
                Assert.All(tasks, task => Assert.Equal(AsyncTaskStatus.Succeeded, task.Result?.Status));
            }
        }
    }

    [Fact]
    public async Task Dispose_WithPending_AllIsStoppedAndFinallyBlocksRun()
    {
        var executor = Make();
        Signal suspended = new(), entered = new(), cleaned = new();
        var waiting = executor.Submit(async token =>
        {
            try
            {
                suspended.Open();
                await Task.Delay(Timeout.Infinite, token);
                return true;
            }
            finally
            {
                await Task.Yield();
                cleaned.Open();
            }
        });
        await suspended.WaitAsync();
        var blocking = executor.Submit(token =>
        {
            entered.Open();
            token.WaitHandle.WaitOne();
            return Task.FromResult(true);
        });
        await entered.WaitAsync();
        var queued = Enumerable.Range(0, 10).Select(_ => executor.Submit(Coroutines.Awaiting(new Signal(), new Signal().Opened))).ToArray();
        await Waiting.OnThread(() => executor.Dispose()).Within();
        foreach (var task in queued.Append(waiting).Append(blocking))
        {
            Assert.Equal(AsyncTaskStatus.Stopped, (await task.ResultWithin()).Status);
        }

        Assert.True(cleaned.IsOpen);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_StoppedTaskCleansUp_ReturnsAfterwards(bool isAsync)
    {
        var executor = Make(new EventLoopOptions { GracePeriod = Waiting.Limit });
        Signal entered = new(), cleaning = new(), gate = new();
        var task = executor.Submit(async token =>
        {
            try
            {
                entered.Open();
                await Task.Delay(Timeout.Infinite, token);
                return true;
            }
            finally
            {
                cleaning.Open();
                await gate.Opened;
            }
        });
        await entered.WaitAsync();
        var disposal = isAsync ? executor.DisposeAsync().AsTask() : Waiting.OnThread(executor.Dispose);
        await cleaning.WaitAsync();
        Assert.NotSame(disposal, await Task.WhenAny(disposal, Task.Delay(100)));
        gate.Open();
        await disposal.Within();
        Assert.Equal(AsyncTaskStatus.Stopped, task.Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_FromItsOwnLoop_DoesNotWaitForItself(bool isAsync)
    {
        var executor = Make(new EventLoopOptions { GracePeriod = Waiting.Limit });
        var result = await executor.Submit(async _ =>
        {
            if (isAsync)
            {
                await executor.DisposeAsync();
            }
            else
            {
                executor.Dispose();
            }

            return true;
        }).ResultWithin();
        Assert.Equal(AsyncTaskStatus.Stopped, result.Status);
    }

    [Fact]
    public async Task Submit_Refused_ItsTokenDoesNotKeepIt()
    {
        await using var executor = Make();
        executor.Shutdown();
        using var source = new CancellationTokenSource();
        var kept = Refused(executor, source.Token);
        Assert.True(Garbage.Collects(kept));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Refused(IAsyncExecutor executor, CancellationToken token)
        {
            var value = new object();
            Assert.Throws<ObjectDisposedException>(() => executor.Submit(_ => Task.FromResult(value), default, token));
            return new WeakReference(value);
        }
    }

    [Fact]
    public async Task Shutdown_TwoHundredTimes_LeavesNoThread()
    {
        var threads = new List<Thread>();
        for (var i = 0; i < 200; i++)
        {
            var executor = Make();
            var task = executor.Submit(async _ =>
            {
                await Task.Yield();
                return 1;
            });
            await task.Future.Within();
            threads.Add(task.Thread!);
            threads.AddRange((executor as EventLoopPoolExecutor)?.EventLoops.Select(loop => loop.Thread) ?? []);
            await Waiting.OnThread(() => executor.Shutdown()).Within();
        }

        Assert.All(threads, thread => thread.EndsWithin());
    }
}
