namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>Callers that block the thread their own context needs, as those with a message loop may.</summary>
public abstract partial class AsyncExecutorCases
{
    [Fact]
    public async Task RunMultipleAsync_CallerBlocksItsContext_GoesOnWithoutIt()
    {
        await using var executor = Make();
        Signal entered = new(), gate = new();
        Assert.True(await Waiting.OnThread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new BlockedContext());
            var results = executor.RunMultipleAsync([Coroutines.Awaiting(entered, gate.Opened)]).GetAsyncEnumerator();
            var step = results.MoveNextAsync().AsTask();
            gate.Open();
            return step.Wait(Waiting.Limit / 2) && step.Result;
        }).Within());
    }

    [Fact]
    public async Task DisposeAsync_CallerBlocksItsContext_GoesOnWithoutIt()
    {
        var executor = Make(new EventLoopOptions { GracePeriod = Waiting.Limit });
        Signal entered = new(), gate = new();
        _ = executor.Submit(Coroutines.AwaitingDeafly(entered, gate.Opened));
        await entered.WaitAsync();
        Assert.True(await Waiting.OnThread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new BlockedContext());
            var disposal = executor.DisposeAsync().AsTask();
            gate.Open();
            return disposal.Wait(Waiting.Limit / 2);
        }).Within());
    }

    private sealed class BlockedContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }
}
