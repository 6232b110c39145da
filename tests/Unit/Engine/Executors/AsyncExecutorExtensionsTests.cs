namespace AsyncExecutors.Tests.Engine.Executors;

public sealed class AsyncExecutorExtensionsTests
{
    private static readonly Func<CancellationToken, Task> Nothing = _ => Task.CompletedTask;

    [Fact]
    public async Task SubmitAndRun_Null_RefusedByName()
    {
        await using var executor = new DefaultBackgroundExecutor();
        Assert.Equal("executor", Assert.Throws<ArgumentNullException>(() => ((IAsyncExecutor)null!).Submit(Nothing)).ParamName);
        Assert.Equal("executor", Assert.Throws<ArgumentNullException>(() => ((IAsyncExecutor)null!).Run(Nothing)).ParamName);
        Assert.Equal("coroutine", Assert.Throws<ArgumentNullException>(() => executor.Submit((Func<CancellationToken, Task>)null!)).ParamName);
        Assert.Equal("coroutine", Assert.Throws<ArgumentNullException>(() => executor.Run((Func<CancellationToken, Task>)null!)).ParamName);
    }

    [Fact]
    public async Task SubmitAndRun_TaskWithoutValue_EndsWhenItsCodeDoes()
    {
        await using var executor = new DefaultBackgroundExecutor();
        var failure = new FormatException("after a wait");
        Assert.Same(failure, (await executor.Submit(Fails).ResultWithin()).Exception);
        Assert.Same(failure, await Assert.ThrowsAsync<FormatException>(() => Waiting.OnThread(() => executor.Run(Fails)).Within()));

        async Task Fails(CancellationToken token)
        {
            await Task.Yield();
            throw failure;
        }
    }
}
