namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>Code that keeps its thread although it was asked to end.</summary>
public sealed class AbandonmentTests
{
    private static readonly EventLoopOptions Impatient = new() { GracePeriod = TimeSpan.FromMilliseconds(50) };

    private readonly Signal _entered = new();
    private readonly Signal _gate = new();

    [Fact]
    public async Task Stop_CodeKeepsItsThread_AbandonedAndTheLoopReplaced()
    {
        await using var pool = new EventLoopPoolExecutor(1, Impatient);
        var held = pool.EventLoops[0];
        var stuck = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        var queued = Enumerable.Range(0, 20).Select(i => pool.Submit(Coroutines.Returning(i))).ToArray();
        Assert.True(stuck.Stop());
        Assert.False(stuck.Stop());
        var result = await stuck.ResultWithin();
        Assert.Equal(AsyncTaskStatus.Abandoned, result.Status);
        Assert.IsType<OperationCanceledException>(result.Exception);
        Assert.Equal(1, pool.AbandonedCount);
        Assert.Equal(Enumerable.Range(0, 20), await Task.WhenAll(queued.Select(task => task.Future)).Within());
        Assert.NotSame(held, Assert.Single(pool.EventLoops));
        _gate.Open();
        held.Thread.EndsWithin();
        Assert.Equal(0, pool.AbandonedCount);
        Assert.Equal(AsyncTaskStatus.Abandoned, stuck.Status);
    }

    [Fact]
    public async Task Timeout_CodeKeepsItsThread_TimedOutAndTheLoopReplaced()
    {
        await using var pool = new EventLoopPoolExecutor(1, Impatient);
        var stuck = pool.Submit(Coroutines.Blocking(_entered, _gate), new TaskOptions { Timeout = TimeSpan.FromMilliseconds(50) });
        Assert.Equal(AsyncTaskStatus.TimedOut, (await stuck.ResultWithin()).Status);
        Assert.Equal(1, pool.AbandonedCount);
        Assert.Equal(1, await pool.Submit(Coroutines.Returning(1)).Future.Within());
        _gate.Open();
    }

    [Fact]
    public async Task Submit_TooManyThreadsLeftBehind_RefusedUntilOneHasEnded()
    {
        // The count is the process's, which runs other tests: only the least limit says for sure who is over it.
        var options = Impatient with { MaxAbandonedThreads = 1 };
        await using var pool = new EventLoopPoolExecutor(1, options);
        await using var other = new EventLoopPoolExecutor(1, options);
        var held = pool.EventLoops[0];
        var stuck = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        var queued = pool.Submit(Coroutines.Returning(1));
        stuck.Stop();
        await stuck.ResultWithin();
        Assert.Equal(1, await queued.Future.Within());
        Assert.Contains("left behind", Assert.Throws<AbandonedThreadsException>(() => pool.Submit(Coroutines.Returning(2))).Message, StringComparison.Ordinal);
        Assert.Equal(3, await other.Submit(Coroutines.Returning(3)).Future.Within());
        _gate.Open();
        held.Thread.EndsWithin();
        Assert.Equal(4, await pool.Submit(Coroutines.Returning(4)).Future.Within());
    }

    [Fact]
    public async Task Submit_TooManyThreadsLeftBehindAndShutDown_SaysSo()
    {
        await using var pool = new EventLoopPoolExecutor(1, Impatient with { MaxAbandonedThreads = 1 });
        var stuck = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        stuck.Stop();
        await stuck.ResultWithin();
        pool.Shutdown(wait: false);
        Assert.Throws<ObjectDisposedException>(() => pool.Submit(Coroutines.Returning(2)));
        _gate.Open();
    }

    [Fact]
    public async Task RunMultiple_TooManyThreadsLeftBehindMeanwhile_WhatHasNotBegunFails()
    {
        await using var pool = new EventLoopPoolExecutor(1, Impatient with { MaxAbandonedThreads = 1 });
        var tasks = Enumerable.Range(0, 3).Select(i => i == 0 ? Coroutines.Blocking(_entered, _gate) : async _ =>
        {
            await Task.Yield();
            return true;
        });
        var results = await pool.RunMultipleAsync(tasks, 1, TimeSpan.FromMilliseconds(100)).ToListAsync().AsTask().Within();
        Assert.Equal([AsyncTaskStatus.TimedOut, AsyncTaskStatus.Failed, AsyncTaskStatus.Failed], results.OrderBy(result => result.Index).Select(result => result.Status));
        Assert.All(results.Where(result => result.Index > 0), result => Assert.IsType<AbandonedThreadsException>(result.Exception));
        _gate.Open();
    }

    [Fact]
    public async Task Stop_CodeWaitsAndIgnoresItsToken_StoppedAndTheLoopKept()
    {
        await using var pool = new EventLoopPoolExecutor(1, Impatient);
        var loop = pool.EventLoops[0];
        var deaf = pool.Submit(Coroutines.AwaitingDeafly(_entered, _gate.Opened));
        await _entered.WaitAsync();
        deaf.Stop();
        Assert.Equal(AsyncTaskStatus.Stopped, (await deaf.ResultWithin()).Status);
        Assert.Equal(0, pool.AbandonedCount);
        Assert.Same(loop, Assert.Single(pool.EventLoops));
        Assert.Equal(0, pool.PendingCount);
        _gate.Open();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_OthersWaitOnTheSameLoop_TheyGoOnOnTheNewOne(bool isShutDownBefore)
    {
        var pool = new EventLoopPoolExecutor(1, Impatient);
        Signal suspended = new(), resume = new();
        var other = pool.Submit(async _ =>
        {
            suspended.Open();
            await resume.Opened;
            var first = EventLoop.Current;
            await Task.Yield();
            return (first, EventLoop.Current);
        });
        await suspended.WaitAsync();
        var stuck = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        if (isShutDownBefore)
        {
            pool.Shutdown(wait: false);
        }

        stuck.Stop();
        await stuck.ResultWithin();
        var loop = Assert.Single(pool.EventLoops);
        Assert.Equal(1, loop.PendingCount);
        var shutdown = Waiting.OnThread(() => pool.Shutdown());
        Assert.False(pool.Completion.IsCompleted);
        resume.Open();
        Assert.Equal((loop, loop), await other.Future.Within());
        Assert.Same(loop, other.EventLoop);
        await shutdown.Within();
        _gate.Open();
    }

    [Fact]
    public async Task Stop_TakenOverFromALoopThatWasGivenUp_IsFoundAndMayBeGivenUpToo()
    {
        var pool = new EventLoopPoolExecutor(1, Impatient);
        Signal resume = new(), entered = new(), gate = new();
        var heard = pool.Submit(token => new TaskCompletionSource<int>().Task.WaitAsync(token));
        var last = pool.Submit(Coroutines.Awaiting(new Signal(), _gate.Opened));
        var next = pool.Submit(async _ =>
        {
            await resume.Opened;
            entered.Open();
            gate.Wait();
            return true;
        });
        var stuck = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        stuck.Stop();
        await stuck.ResultWithin();
        resume.Open();
        await entered.WaitAsync();
        next.Stop();
        Assert.Equal(AsyncTaskStatus.Abandoned, (await next.ResultWithin()).Status);
        Assert.Equal(2, pool.AbandonedCount);
        Assert.Equal(2, Assert.Single(pool.EventLoops).PendingCount);
        heard.Stop();
        Assert.Equal(AsyncTaskStatus.Stopped, (await heard.ResultWithin()).Status);
        pool.StopPending();
        Assert.Equal(AsyncTaskStatus.Stopped, (await last.ResultWithin()).Status);
        await Waiting.OnThread(() => pool.Shutdown()).Within();
        gate.Open();
        _gate.Open();
    }

    [Fact]
    public async Task Stop_CodeReturnsWhileTheLoopIsBeingReplaced_WhatWaitsGoesOnOnTheNewOne()
    {
        EventLoop? held = null;
        var options = Impatient with
        {
            HostFactory = () =>
            {
                if (held is not null)
                {
                    _gate.Open();
                    held.Thread.EndsWithin();
                }

                return new StubHost(static (_, pump) => pump());
            },
        };
        await using var pool = new EventLoopPoolExecutor(1, options);
        Signal suspended = new(), resume = new();
        var other = pool.Submit(async _ =>
        {
            suspended.Open();
            await resume.Opened;
            return EventLoop.Current;
        });
        await suspended.WaitAsync();
        var stuck = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        resume.Open();
        held = pool.EventLoops[0];
        stuck.Stop();
        var loop = await other.Future.Within();
        Assert.NotNull(loop);
        Assert.NotSame(held, loop);
    }

    [Fact]
    public async Task Stop_HostOfTheLoopFailsLater_WhatHasMovedOnDoesNot()
    {
        var options = StubHost.Options(static (_, pump) =>
        {
            pump();
            throw new InvalidOperationException("late");
        });
        await using var pool = new EventLoopPoolExecutor(1, options with { GracePeriod = Impatient.GracePeriod });
        var loop = pool.EventLoops[0];
        Signal suspended = new(), resume = new();
        var other = pool.Submit(Coroutines.Awaiting(suspended, resume.Opened));
        await suspended.WaitAsync();
        var stuck = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        stuck.Stop();
        await stuck.ResultWithin();
        _gate.Open();
        loop.Thread.EndsWithin();
        resume.Open();
        Assert.True(await other.Future.Within());
    }

    [Fact]
    public async Task Submit_WhileTheLoopIsBeingReplaced_RunsOnTheNewOne()
    {
        Signal replacing = new(), replace = new();
        var made = 0;
        await using var pool = new EventLoopPoolExecutor(1, Impatient with
        {
            HostFactory = () =>
            {
                if (Interlocked.Increment(ref made) == 2)
                {
                    replacing.Open();
                    replace.Wait();
                }

                return new StubHost((_, pump) => pump());
            },
        });
        var held = pool.EventLoops[0];
        var stuck = pool.Submit(Coroutines.Blocking(_entered, _gate));
        await _entered.WaitAsync();
        stuck.Stop();
        await replacing.WaitAsync();
        var late = await Waiting.OnThread(() => pool.Submit(Coroutines.Returning(1))).Within();
        replace.Open();
        Assert.Equal(1, await late.Future.Within());
        Assert.NotSame(held, late.EventLoop);
        _gate.Open();
    }

    [Fact]
    public async Task Stop_RacingCodeThatComesBack_OneResultAndAUsablePool()
    {
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { GracePeriod = TimeSpan.FromMilliseconds(1) });
        for (var round = 0; round < 200; round++)
        {
            Signal entered = new(), gate = new();
            var task = pool.Submit(Coroutines.Blocking(entered, gate));
            await entered.WaitAsync();
            task.Stop();
            await Task.Yield();
            if (round % 2 == 0)
            {
                await task.ResultWithin();
            }

            gate.Open();
            Assert.True((await task.ResultWithin()).Status is AsyncTaskStatus.Stopped or AsyncTaskStatus.Abandoned);
            Assert.Equal(round, await pool.Submit(Coroutines.Returning(round)).Future.Within());
            Assert.Single(pool.EventLoops);
        }
    }
}

file static class LoopExtensions
{
    internal static Task Ended(this EventLoop? loop) => loop?.Completion ?? Task.CompletedTask;
}
