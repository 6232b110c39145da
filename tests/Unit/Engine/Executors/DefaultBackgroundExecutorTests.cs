namespace AsyncExecutors.Tests.Engine.Executors;

public sealed class DefaultBackgroundExecutorTests : AsyncExecutorCases
{
    [Fact]
    public async Task Run_OnItsOwnThread_RefusedWithAdvice()
    {
        await using var executor = new DefaultBackgroundExecutor();
        var refused = await executor.Submit(_ => Task.FromResult(
            Assert.Throws<InvalidOperationException>(() => executor.Run(Coroutines.Returning(1))))).Future.Within();
        Assert.Contains("await", refused.Message);
        Assert.Contains(executor.EventLoop.Name, refused.Message);
    }

    [Fact]
    public async Task RunMultipleAndWrapAsyncEnumerable_OnItsOwnThread_RefusedOnEnumeration()
    {
        await using var executor = new DefaultBackgroundExecutor();
        Assert.True(await executor.Submit(_ =>
        {
            Assert.Throws<InvalidOperationException>(() => executor.RunMultiple([Coroutines.Returning(1)]).ToList());
            Assert.Throws<InvalidOperationException>(() => executor.WrapAsyncEnumerable(AsyncEnumerable.Range(0, 3)).ToList());
            return Task.FromResult(true);
        }).Future.Within());
    }

    [Fact]
    public async Task RunMultipleAsync_OnItsOwnThread_Works()
    {
        await using var executor = new DefaultBackgroundExecutor();
        Assert.Equal(5, await executor.Submit(async _ =>
        {
            var count = 0;
            await foreach (var result in executor.RunMultipleAsync(Enumerable.Range(0, 5).Select(Coroutines.Returning)))
            {
                Assert.True(result.Success);
                count++;
            }

            return count;
        }).Future.Within());
    }

    [Fact]
    public async Task Run_OnAnotherExecutorsThread_Works()
    {
        await using var executor = new DefaultBackgroundExecutor();
        await using var other = new DefaultBackgroundExecutor();
        Assert.Equal(3, await executor.Submit(_ => Task.FromResult(other.Run(Coroutines.Returning(3)))).Future.Within());
    }

    [Fact]
    public async Task EventLoop_AfterShutdown_IsTheLastOne()
    {
        var executor = new DefaultBackgroundExecutor();
        var loop = executor.EventLoop;
        await Waiting.OnThread(() => executor.Shutdown()).Within();
        Assert.Same(loop, executor.EventLoop);
    }

    [Fact]
    public async Task Submit_LoopHeldForEver_AnotherLoopTakesItsPlace()
    {
        await using var executor = new DefaultBackgroundExecutor(new EventLoopOptions { GracePeriod = Short });
        Signal entered = new(), gate = new();
        var held = executor.EventLoop;
        var stuck = executor.Submit(Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        var next = executor.Submit(Coroutines.Returning(7));
        stuck.Stop();
        Assert.Equal(AsyncTaskStatus.Abandoned, (await stuck.ResultWithin()).Status);
        Assert.Equal(7, await next.Future.Within());
        Assert.NotSame(held, executor.EventLoop);
        Assert.Equal(1, executor.AbandonedCount);
        gate.Open();
        held.Thread.EndsWithin();
        Assert.Equal(0, executor.AbandonedCount);
    }

    [Fact]
    public async Task EnterWait_TasksWaitBehindIt_NoLoopIsAdded()
    {
        await using var executor = new DefaultBackgroundExecutor();
        var loop = executor.EventLoop;
        Signal entered = new(), gate = new();
        var first = executor.Submit(_ =>
        {
            using (EventLoop.EnterWait())
            {
                entered.Open();
                gate.Wait();
            }

            return Task.FromResult(EventLoop.Current);
        });
        await entered.WaitAsync();
        var second = executor.Submit(_ => Task.FromResult(EventLoop.Current));
        Assert.Same(loop, executor.EventLoop);
        gate.Open();
        Assert.Equal([loop, loop], await Task.WhenAll(first.Future, second.Future).Within());
    }

    private protected override IAsyncExecutor Make(EventLoopOptions? options = null) => new DefaultBackgroundExecutor(options);
}
