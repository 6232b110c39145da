namespace AsyncExecutors.Tests.Engine.Tasks;

public sealed class TaskInfoTests : IDisposable
{
    private readonly EventLoopPoolExecutor _pool = new();

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void Members_BeforeAnExecutorHasIt_PendingWithoutLoop()
    {
        var task = new StubTask<int>(() => null, new TaskOptions { Index = 4, Timeout = TimeSpan.FromSeconds(3) });
        Assert.Equal(AsyncTaskStatus.Pending, task.Status);
        Assert.Null(task.EventLoop);
        Assert.Null(task.Thread);
        Assert.Null(task.Result);
        Assert.Equal(4, task.Index);
        Assert.Equal(TimeSpan.FromSeconds(3), task.TimeLimit);
        Assert.Null(new StubTask<int>(() => null).TimeLimit);
        Assert.Equal($"Task{task.Id}", task.Name);
        Assert.Equal($"{task.Name} Pending", task.ToString());
        Assert.False(task.Future.IsCompleted);
    }

    [Fact]
    public void Id_OfTwoTasks_Differs() =>
        Assert.NotEqual(new StubTask<int>(() => null).Id, new StubTask<int>(() => null).Id);

    [Fact]
    public async Task Status_FromPendingToItsEnd_NeverGoesBack()
    {
        Signal entered = new(), gate = new(), blocked = new(), release = new();
        _ = _pool.Submit(Coroutines.Blocking(blocked, release));
        await blocked.WaitAsync();
        var task = _pool.Submit(Coroutines.Awaiting(entered, gate.Opened), new TaskOptions { Name = "job" });
        Assert.Equal(AsyncTaskStatus.Pending, task.Status);
        release.Open();
        await entered.WaitAsync();
        Assert.Equal(AsyncTaskStatus.Running, task.Status);
        Assert.Equal($"job Running on {task.EventLoop!.Name}", task.ToString());
        gate.Open();
        await task.Future.Within();
        Assert.Equal(AsyncTaskStatus.Succeeded, task.Status);
        Assert.False(task.Stop());
        Assert.Equal(AsyncTaskStatus.Succeeded, task.Status);
    }

    [Fact]
    public async Task Stop_WhileItWaitsForItsTurn_EndsAtOnceAndNeverBegins()
    {
        Signal blocked = new(), release = new();
        _ = _pool.Submit(Coroutines.Blocking(blocked, release));
        await blocked.WaitAsync();
        var task = new StubTask<int>(() => throw new InvalidOperationException("must not begin"), new TaskOptions { Name = "job" });
        _pool.Submit(task);
        Assert.True(task.Stop());
        Assert.Equal(AsyncTaskStatus.Stopped, task.Status);
        Assert.Equal("job was stopped.", task.Result!.Exception!.Message);
        Assert.Null(task.Result.StartedAt);
        Assert.Equal(TimeSpan.Zero, task.Result.Duration);
        Assert.Equal(0, task.Stops);
        release.Open();
        await _pool.Submit(Coroutines.Returning(1)).Future.Within();
        Assert.Equal(0, _pool.PendingCount);
    }

    [Fact]
    public async Task Stop_FromManyThreads_OneIsTheFirstAndTheCodeIsAskedOnce()
    {
        var end = new TaskCompletionSource();
        var entered = new Signal();
        var task = new StubTask<int>(() =>
        {
            entered.Open();
            return end.Task;
        });
        _pool.Submit(task);
        await entered.WaitAsync();
        var asked = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Waiting.OnThread(task.Stop))).Within();
        Assert.Single(asked, first => first);
        Assert.Equal(1, task.Stops);
        Assert.True(task.IsAsked);
        end.SetResult();
        Assert.Equal(AsyncTaskStatus.Stopped, (await task.ResultWithin()).Status);
    }

    [Fact]
    public async Task Stop_OnStopThrows_TaskEndsAllTheSame()
    {
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { GracePeriod = TimeSpan.FromMilliseconds(20) });
        var entered = new Signal();
        var task = new StubTask<int>(() =>
        {
            entered.Open();
            return new TaskCompletionSource().Task;
        })
        { Stopping = () => throw new InvalidOperationException("OnStop") };
        pool.Submit(task);
        await entered.WaitAsync();
        Assert.True(task.Stop());
        Assert.Equal(AsyncTaskStatus.Stopped, (await task.ResultWithin()).Status);
    }

    [Fact]
    public async Task Stop_RacingTheOwnEnd_ReturnValueAndStatusAgree()
    {
        for (var round = 0; round < 500; round++)
        {
            var task = _pool.Submit(Coroutines.Returning(1));
            var stopped = task.Stop();
            Assert.Equal(stopped ? AsyncTaskStatus.Stopped : AsyncTaskStatus.Succeeded, (await task.ResultWithin()).Status);
        }
    }

    [Fact]
    public async Task Timeout_OfATaskThatWasStoppedAsItWent_DoesNotKeepItFromEnding()
    {
        // A stop that comes between the code's start and its first wait must keep its grace period, timeout or not.
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { GracePeriod = TimeSpan.FromMilliseconds(20) });
        TaskInfo<int>? task = null;
        task = new StubTask<int>(
            () =>
            {
                task!.Stop();
                return new TaskCompletionSource().Task;
            },
            new TaskOptions { Timeout = TimeSpan.FromDays(1) });
        pool.Submit(task);
        Assert.Equal(AsyncTaskStatus.Stopped, (await task.ResultWithin()).Status);
    }

    [Fact]
    public async Task CreateResult_Throws_FailedWithThat()
    {
        var failure = new FormatException("result");
        var task = new StubTask<int>(() => null) { MakeResult = (_, _) => throw failure };
        _pool.Submit(task);
        var result = await task.ResultWithin();
        Assert.Equal(AsyncTaskStatus.Failed, result.Status);
        Assert.Same(failure, result.Exception);
    }
}
