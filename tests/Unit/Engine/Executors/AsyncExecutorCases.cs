using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>What holds for every executor: handing over, running, and how tasks end.</summary>
public abstract partial class AsyncExecutorCases
{
    private protected static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    private protected abstract IAsyncExecutor Make(EventLoopOptions? options = null);

    [Fact]
    public async Task Submit_Value_FutureAndResultHaveIt()
    {
        await using var executor = Make();
        var task = executor.Submit(Coroutines.Returning(42), new TaskOptions { Name = "answer" });
        Assert.Equal(42, await task.Future.Within());
        Assert.Equal(42, await task);
        var result = task.Result!;
        Assert.True(result.Success);
        Assert.Equal(42, result.Output);
        Assert.Equal("answer", result.Name);
        Assert.NotNull(result.StartedAt);
        Assert.Same(task.EventLoop!.Thread, task.Thread);
    }

    [Fact]
    public async Task Submit_Null_Refused()
    {
        await using var executor = Make();
        Assert.Throws<ArgumentNullException>(() => executor.Submit<int>(null!));
        Assert.Throws<ArgumentNullException>(() => executor.Submit((TaskInfo)null!));
        Assert.Throws<ArgumentNullException>(() => executor.Submit((Func<CancellationToken, Task>)null!));
        Assert.Throws<ArgumentNullException>(() => executor.Run<int>(null!));
    }

    [Fact]
    public async Task Submit_SameTaskTwice_RefusedAndItRunsOnce()
    {
        await using var executor = Make();
        var runs = 0;
        var task = new StubTask<int>(() =>
        {
            Interlocked.Increment(ref runs);
            return null;
        });
        executor.Submit(task);
        var refused = Assert.Throws<InvalidOperationException>(() => executor.Submit(task));
        Assert.Contains(task.Name, refused.Message);
        await task.ResultWithin();
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task Submit_WithoutValue_OutputIsNull()
    {
        await using var executor = Make();
        Assert.Null(await executor.Submit(async _ => await Task.Yield()).Future.Within());
        executor.Run(async _ => await Task.Yield());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Submit_CodeThrows_FailedWithThatException(bool afterAwait)
    {
        await using var executor = Make();
        var failure = new FormatException("bad");
        var task = executor.Submit<int>(afterAwait
            ? async _ =>
            {
                await Task.Yield();
                throw failure;
            }
            : _ => throw failure);
        var result = await task.ResultWithin();
        Assert.Equal(AsyncTaskStatus.Failed, result.Status);
        Assert.Same(failure, result.Exception);
        Assert.Null(result.Output);
        Assert.Same(failure, await Assert.ThrowsAsync<FormatException>(() => task.Future));
    }

    [Fact]
    public async Task Submit_CodeCancelsItself_FailedAsNobodyStoppedIt()
    {
        await using var executor = Make();
        var failure = new OperationCanceledException("own");
        var result = await executor.Submit<int>(async _ =>
        {
            await Task.Yield();
            throw failure;
        }).ResultWithin();
        Assert.Equal(AsyncTaskStatus.Failed, result.Status);
        Assert.Same(failure, result.Exception);
    }

    [Fact]
    public async Task Submit_FunctionReturnsNull_FailedAndSaysSo()
    {
        await using var executor = Make();
        var result = await executor.Submit<int>(_ => null!, new TaskOptions { Name = "empty" }).ResultWithin();
        Assert.Equal(AsyncTaskStatus.Failed, result.Status);
        Assert.Contains("empty", result.Exception!.Message);
    }

    [Fact]
    public async Task Submit_SeveralExceptions_AllAreKept()
    {
        await using var executor = Make();
        var result = await executor.Submit(_ => Task.WhenAll(
            Task.FromException<int>(new FormatException()), Task.FromException<int>(new TimeoutException()))).ResultWithin();
        Assert.Equal(2, Assert.IsType<AggregateException>(result.Exception).InnerExceptions.Count);
    }

    [Fact]
    public async Task Submit_ThousandsThatWait_FewThreadsServeThem()
    {
        await using var executor = Make();
        var gate = new Signal();
        var threads = new HashSet<Thread>();
        var tasks = Enumerable.Range(0, 10_000).Select(_ => executor.Submit(async _ =>
        {
            await gate.Opened;
            lock (threads)
            {
                return threads.Add(Thread.CurrentThread);
            }
        }).Future).ToArray();
        gate.Open();
        await Task.WhenAll(tasks).Within();
        Assert.InRange(threads.Count, 1, 2);
    }

    [Fact]
    public async Task Submit_TokenCancelledBefore_StoppedAndNeverBegun()
    {
        await using var executor = Make();
        var ran = false;
        var task = executor.Submit(_ => Task.FromResult(ran = true), default, new CancellationToken(canceled: true));
        var result = await task.ResultWithin();
        Assert.Equal(AsyncTaskStatus.Stopped, result.Status);
        Assert.Null(result.StartedAt);
        Assert.IsType<OperationCanceledException>(result.Exception, exactMatch: false);
        await executor.Submit(Coroutines.Returning(1)).Future.Within();
        Assert.False(ran);
        Assert.True(task.Future.IsCanceled);
    }

    [Fact]
    public async Task Submit_TokenCancelledWhileItWaits_CodeIsToldAndCleansUp()
    {
        await using var executor = Make();
        using var source = new CancellationTokenSource();
        Signal entered = new(), cleaned = new();
        var task = executor.Submit(
            async token =>
            {
                try
                {
                    entered.Open();
                    await Task.Delay(Timeout.Infinite, token);
                }
                finally
                {
                    cleaned.Open();
                }

                return 1;
            },
            default,
            source.Token);
        await entered.WaitAsync();
        Assert.Equal(AsyncTaskStatus.Running, task.Status);
        await source.CancelAsync();
        Assert.Equal(AsyncTaskStatus.Stopped, (await task.ResultWithin()).Status);
        Assert.True(cleaned.IsOpen);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Submit_TimeIsOver_TimedOut(bool blocksItsThread)
    {
        await using var executor = Make();
        var task = executor.Submit(
            async token =>
            {
                if (blocksItsThread)
                {
                    token.WaitHandle.WaitOne();
                    token.ThrowIfCancellationRequested();
                }

                await Task.Delay(Timeout.Infinite, token);
                return 1;
            },
            new TaskOptions { Timeout = Short, Name = "slow" });
        var result = await task.ResultWithin();
        Assert.Equal(AsyncTaskStatus.TimedOut, result.Status);
        Assert.Contains("slow", Assert.IsType<TimeoutException>(result.Exception).Message);
        Assert.True(result.Duration >= Short, $"Timed out after {result.Duration} already.");
        await Assert.ThrowsAsync<TimeoutException>(() => task.Future);
    }

    [Fact]
    public async Task Submit_Timeout_RunsFromTheStartAndNotBefore()
    {
        var clock = new FakeTimeProvider();
        await using var executor = new DefaultBackgroundExecutor(new EventLoopOptions { TimeProvider = clock });
        Signal entered = new(), gate = new(), begun = new();
        _ = executor.Submit(Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        var task = executor.Submit(Coroutines.Awaiting(begun, new Signal().Opened), new TaskOptions { Timeout = TimeSpan.FromSeconds(10) });
        clock.Advance(TimeSpan.FromSeconds(60));
        gate.Open();
        await begun.WaitAsync();
        await executor.Submit(Coroutines.Returning(1)).Future.Within();
        clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(AsyncTaskStatus.Running, task.Status);
        clock.Advance(TimeSpan.FromSeconds(1));
        var result = await task.ResultWithin();
        Assert.Equal(AsyncTaskStatus.TimedOut, result.Status);
        Assert.Equal(TimeSpan.FromSeconds(10), result.Duration);
    }

    [Fact]
    public async Task Run_Value_Returned()
    {
        await using var executor = Make();
        Assert.Equal(5, await Waiting.OnThread(() => executor.Run(async _ =>
        {
            await Task.Yield();
            return 5;
        })).Within());
    }

    [Fact]
    public async Task Run_CodeThrows_ThrowsThat()
    {
        await using var executor = Make();
        var failure = new FormatException("bad");
        Assert.Same(failure, await Assert.ThrowsAsync<FormatException>(() =>
            Waiting.OnThread(() => executor.Run<int>(_ => throw failure)).Within()));
    }

    [Fact]
    public async Task Run_TokenCancelled_ThrowsOperationCanceled()
    {
        await using var executor = Make();
        using var source = new CancellationTokenSource();
        var entered = new Signal();
        var run = Waiting.OnThread(() => executor.Run(Coroutines.Awaiting(entered, new Signal().Opened), source.Token));
        await entered.WaitAsync();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Within());
    }

    [Fact]
    public async Task Run_CodeIgnoresItsToken_ReturnsAfterTheGracePeriod()
    {
        await using var executor = Make(new EventLoopOptions { GracePeriod = Short });
        using var source = new CancellationTokenSource();
        Signal entered = new(), gate = new();
        var run = Waiting.OnThread(() => executor.Run(Coroutines.AwaitingDeafly(entered, gate.Opened), source.Token));
        await entered.WaitAsync();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Within());
        gate.Open();
    }
}
