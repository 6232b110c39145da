using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>Enumerations that are cancelled, or whose tasks run out of time, when that is not told by a task that waits.</summary>
public abstract partial class AsyncExecutorCases
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunMultiple_NoTimeoutGiven_TenSecondsEach(bool isAsync)
    {
        var clock = new FakeTimeProvider();
        await using var executor = Make(new EventLoopOptions { TimeProvider = clock });
        var entered = new Signal();
        var results = All<bool>(
            executor,
            isAsync,
            [
                token =>
                {
                    entered.Open();
                    token.WaitHandle.WaitOne();
                    return Task.FromResult(true);
                },
            ]);
        await entered.WaitAsync();
        clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(results.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        var result = Assert.Single(await results);
        Assert.Equal(AsyncTaskStatus.TimedOut, result.Status);
        Assert.Equal(TimeSpan.FromSeconds(10), result.Duration);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunMultiple_TokenCancelledAndResultsAreThere_YieldsNoMore(bool isAsync)
    {
        await using var executor = Make();
        using var source = new CancellationTokenSource();
        var yielded = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Each(
            executor,
            isAsync,
            Enumerable.Range(0, 5).Select(Coroutines.Returning),
            10,
            null,
            source.Token,
            _ =>
            {
                yielded++;

                // Behind the five, where there is one loop.
                executor.Run(Coroutines.Returning(0));
                source.Cancel();
            }));
        Assert.Equal(1, yielded);
    }

    [Fact]
    public async Task WrapAsyncEnumerable_CancelledWhileItsDisposalWaitsForItsTurn_IsDisposedThen()
    {
        await using var executor = Make(new EventLoopOptions { GracePeriod = Short });
        using var source = new CancellationTokenSource();
        var sequence = new DisposalSequence { Disposal = Task.CompletedTask };
        Signal entered = new(), gate = new();
        await Waiting.OnThread(() =>
        {
            foreach (var _ in executor.WrapAsyncEnumerable(sequence, source.Token))
            {
                // Two: one for each loop there may be.
                executor.Submit(Coroutines.Blocking(entered, gate));
                executor.Submit(Coroutines.Blocking(entered, gate));
                entered.Wait();
                source.Cancel();
                break;
            }
        }).Within();
        Assert.False(sequence.Entered.IsOpen);
        gate.Open();
        await sequence.Entered.WaitAsync();
    }

    [Fact]
    public async Task WrapAsyncEnumerable_DisposalThrowsAfterACancellation_ThrowsThat()
    {
        await using var executor = Make(new EventLoopOptions { GracePeriod = Waiting.Limit });
        using var source = new CancellationTokenSource();
        var end = new TaskCompletionSource();
        var failure = new FormatException("at the end");
        var sequence = new DisposalSequence { Disposal = end.Task };
        var run = Waiting.OnThread(() => executor.WrapAsyncEnumerable(sequence, source.Token).First());
        await sequence.Entered.WaitAsync();
        await source.CancelAsync();
        end.SetException(failure);
        Assert.Same(failure, await Assert.ThrowsAsync<FormatException>(() => run.Within()));
    }
}
