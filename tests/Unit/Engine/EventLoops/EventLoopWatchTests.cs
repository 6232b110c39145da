using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.EventLoops;

/// <summary>What a loop knows of the code on its thread: whose it is, until when it may stay, and whether it has left.</summary>
public sealed class EventLoopWatchTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _clock = new();
    private readonly Signal _entered = new();
    private readonly Signal _gate = new();
    private CancellationToken _token;

    [Theory]
    [InlineData(4)]
    [InlineData(0.25)]
    public async Task Deadline_AfterATaskWithAnother_IsTheTasksOwn(double timesAsLong)
    {
        await using var pool = Pool();
        await pool.Submit(Coroutines.Returning(1), new TaskOptions { Timeout = Limit * timesAsLong }).Future.Within();
        var task = pool.Submit(Holding, new TaskOptions { Timeout = Limit });
        await _entered.WaitAsync();
        _clock.Advance(Limit / 2);
        Assert.False(_token.IsCancellationRequested);
        _clock.Advance(Limit / 2);
        Assert.True(_token.IsCancellationRequested);
        _gate.Open();
        Assert.Equal(AsyncTaskStatus.TimedOut, (await task.ResultWithin()).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Deadline_OfATaskThatHasEnded_IsNotTheNextOnes(bool isContinuation)
    {
        await using var pool = Pool();
        var resume = new TaskCompletionSource();
        var task = isContinuation
            ? pool.Submit(async token =>
            {
                await resume.Task;
                return await Holding(token);
            })
            : null;
        await pool.Submit(Coroutines.Returning(1), new TaskOptions { Timeout = Limit }).Future.Within();
        resume.SetResult();
        task ??= pool.Submit(Holding);
        await _entered.WaitAsync();
        _clock.Advance(Limit);
        Assert.False(_token.IsCancellationRequested);
        _gate.Open();
        Assert.True(await task.Future.Within());
    }

    [Fact]
    public async Task Deadline_AfterAContinuationOfAnEndedTask_TheNextTaskIsAskedFirst()
    {
        await using var pool = Pool();
        var resume = new TaskCompletionSource();
        var left = new Signal();
        await pool.Submit(token =>
        {
            _ = LeaveBehindAsync();
            return Task.FromResult(1);
        }).Future.Within();
        resume.SetResult();
        await left.WaitAsync();
        var task = pool.Submit(Holding, new TaskOptions { Timeout = Limit });
        await _entered.WaitAsync();
        _clock.Advance(Limit);
        Assert.True(_token.IsCancellationRequested);
        Assert.Equal(0, pool.AbandonedCount);
        _gate.Open();
        Assert.Equal(AsyncTaskStatus.TimedOut, (await task.ResultWithin()).Status);

        async Task LeaveBehindAsync()
        {
            await resume.Task;
            left.Open();
        }
    }

    [Fact]
    public async Task Deadline_OfATaskThatHasEnded_NothingRuns_NothingHappens()
    {
        await using var pool = Pool();
        var loop = pool.EventLoops[0];
        await pool.Submit(Coroutines.Returning(1), new TaskOptions { Timeout = Limit }).Future.Within();
        await loop.Thread.SleepsWithin();
        _clock.Advance(Limit);
        Assert.Equal(2, await pool.Submit(Coroutines.Returning(2)).Future.Within());
        Assert.Same(loop, Assert.Single(pool.EventLoops));
    }

    [Fact]
    public async Task SynchronizationContext_AnotherTaskRanMeanwhile_IsTheTasksOwnAgain()
    {
        await using var pool = Pool();
        var resume = new TaskCompletionSource();
        var task = pool.Submit(async _ =>
        {
            var before = SynchronizationContext.Current;
            await resume.Task;
            return ReferenceEquals(before, SynchronizationContext.Current);
        });
        var other = pool.Submit(Coroutines.Awaiting(_entered, _gate.Opened));
        await _entered.WaitAsync();
        resume.SetResult();
        Assert.True(await task.Future.Within());
        _gate.Open();
        await other.Future.Within();
    }

    [Fact]
    public async Task Stop_ContinuationHasLeftTheThread_TheLoopIsKept()
    {
        await using var pool = Pool();
        var loop = pool.EventLoops[0];
        var resume = new TaskCompletionSource();
        var begun = new Signal();
        var deaf = pool.Submit(async _ =>
        {
            begun.Open();
            await resume.Task;
            _entered.Open();
            await _gate.Opened;
            return true;
        });
        await begun.WaitAsync();
        AssertSleeps(loop);
        resume.SetResult();
        await _entered.WaitAsync();
        AssertSleeps(loop);
        deaf.Stop();
        _clock.Advance(loop.GracePeriod);
        Assert.Equal(AsyncTaskStatus.Stopped, (await deaf.ResultWithin()).Status);
        Assert.Same(loop, Assert.Single(pool.EventLoops));
        _gate.Open();
    }

    [Fact]
    public async Task Abandon_ContinuationOfAnotherIsQueuedAlready_ItGoesOn()
    {
        await using var pool = Pool();
        var resume = new TaskCompletionSource();
        var waiting = pool.Submit(async _ =>
        {
            await resume.Task;
            return 1;
        });
        var stuck = pool.Submit(Holding);
        await _entered.WaitAsync();

        // Queues the continuation, on this thread.
        resume.SetResult();
        stuck.Stop();
        _clock.Advance(pool.EventLoops[0].GracePeriod);
        Assert.Equal(AsyncTaskStatus.Abandoned, (await stuck.ResultWithin()).Status);
        Assert.Equal(1, await waiting.Future.Within());
        _gate.Open();
    }

    [Fact]
    public async Task Monitor_LoopGetsOn_IsNotRelievedBeforeOneItemHoldsIt()
    {
        var look = TimeSpan.FromMilliseconds(20);
        await using var pool = Pool();
        pool.AllowLoops(2);
        Signal entered = new(), gate = new();
        var first = pool.Submit(Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        var second = pool.Submit(Holding);
        var third = pool.Submit(Coroutines.Returning(3));
        _clock.Advance(look);
        gate.Open();
        await _entered.WaitAsync();
        _clock.Advance(look);
        Assert.Single(pool.EventLoops);
        _clock.Advance(look);
        Assert.Equal(3, await third.Future.Within());
        Assert.Equal(2, pool.EventLoops.Count);
        _gate.Open();
        await Task.WhenAll(first.Future, second.Future).Within();
    }

    private EventLoopPoolExecutor Pool() => new(1, new EventLoopOptions { TimeProvider = _clock });

    private static void AssertSleeps(EventLoop loop) =>
        Assert.True(SpinWait.SpinUntil(() => loop.Thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin), Waiting.Limit), "The loop does not sleep.");

    private Task<bool> Holding(CancellationToken token)
    {
        _token = token;
        return Coroutines.Blocking(_entered, _gate)(token);
    }
}
