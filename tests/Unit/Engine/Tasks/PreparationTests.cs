using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.Tasks;

/// <summary>What a loop must do before it can do a task's work. The clock stands still unless told.</summary>
public sealed class PreparationTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _clock = new();
    private readonly Signal _entered = new();

    [Fact]
    public async Task Prepare_TakesLongerThanTheTimeLimit_TheTaskHasItsTimeAfterwards()
    {
        await using var pool = Pool();
        var begins = _clock.GetUtcNow() + (Limit * 2);
        var task = Task(() => _clock.Advance(Limit * 2), () => _clock.Advance(Limit / 2));
        pool.Submit(task);
        var result = await task.ResultWithin();
        Assert.Equal(AsyncTaskStatus.Succeeded, result.Status);
        Assert.Equal(begins, result.StartedAt);
        Assert.Equal(Limit / 2, result.Duration);
        Assert.Equal(0, task.Stops);
    }

    [Fact]
    public async Task Prepare_WorkTakesLongerThanTheTimeLimit_TimedOut()
    {
        await using var pool = Pool();
        PreparingTask? task = null;
        task = Task(
            () => _clock.Advance(Limit / 2),
            () =>
            {
                _entered.Open();
                task!.StopAsked.Wait();
            });
        pool.Submit(task);
        await _entered.WaitAsync();
        _clock.Advance(Limit - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, task.Stops);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        var result = await task.ResultWithin();
        Assert.Equal(AsyncTaskStatus.TimedOut, result.Status);
        Assert.Equal(Limit, result.Duration);
    }

    [Fact]
    public async Task Prepare_Stopped_ItIsAskedToEndToo()
    {
        await using var pool = Pool();
        PreparingTask? task = null;
        task = Task(
            () =>
            {
                _entered.Open();
                task!.StopAsked.Wait();
                throw new OperationCanceledException("the preparation");
            },
            () => throw new InvalidOperationException("must not be reached"));
        pool.Submit(task);
        await _entered.WaitAsync();
        Assert.True(task.Stop());
        Assert.Equal(AsyncTaskStatus.Stopped, (await task.ResultWithin()).Status);
    }

    [Fact]
    public async Task Prepare_Nothing_Refused()
    {
        await using var pool = Pool();
        var task = Task(null!, () => { });
        pool.Submit(task);
        Assert.IsType<ArgumentNullException>((await task.ResultWithin()).Exception);
    }

    private EventLoopPoolExecutor Pool() => new(1, new EventLoopOptions { TimeProvider = _clock });

    private static PreparingTask Task(Action preparation, Action work) => new(preparation, work, new TaskOptions { Timeout = Limit });

    private sealed class PreparingTask(Action preparation, Action work, TaskOptions options) : TaskInfo<object?>(options)
    {
        private int _stops;

        internal Signal StopAsked { get; } = new();

        internal int Stops => Volatile.Read(ref _stops);

        protected override Task? OnStart()
        {
            Prepare(preparation);
            work();
            return null;
        }

        protected override void OnStop()
        {
            Interlocked.Increment(ref _stops);
            StopAsked.Open();
        }

        protected override TaskResult CreateResult(AsyncTaskStatus status, Exception? exception, Task? body) => new(status, null, exception);
    }
}
