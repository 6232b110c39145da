namespace AsyncExecutors.Tests.Engine.Executors;

public sealed class TaskGroupTests : IDisposable
{
    private readonly EventLoopPoolExecutor _pool = new(2);

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void New_BadArguments_Refused()
    {
        var observer = new RecordingObserver(1);
        Assert.Throws<ArgumentNullException>(() => new TaskGroup(null!, 1, observer));
        Assert.Throws<ArgumentNullException>(() => new TaskGroup(_pool, 1, null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TaskGroup(_pool, 0, observer));
        Assert.Throws<ArgumentNullException>(() => new TaskGroup(_pool, 1, observer).Add(null!));
    }

    [Fact]
    public async Task Add_MoreThanWorkers_LimitHoldsAndAllAreNumberedAndToldOf()
    {
        const int Count = 300;
        var observer = new RecordingObserver(Count);
        var group = new TaskGroup(_pool, 4, observer);
        var running = 0;
        var tooMany = false;
        for (var i = 0; i < Count; i++)
        {
            group.Add(new StubTask<int>(async () =>
            {
                tooMany |= Interlocked.Increment(ref running) > 4;
                await Task.Yield();
                Interlocked.Decrement(ref running);
            }));
        }

        await observer.All.Within();
        Assert.False(tooMany);
        Assert.Equal(4, group.MaxWorkers);
        Assert.Equal(Enumerable.Range(0, Count), observer.Results.Select(result => result.Index).Order());
    }

    [Fact]
    public async Task Add_OneByOne_BegunInTheOrderOfAdding()
    {
        var observer = new RecordingObserver(20);
        var group = new TaskGroup(_pool, 1, observer);
        var order = new List<int>();
        for (var i = 0; i < 20; i++)
        {
            var number = i;
            group.Add(new StubTask<int>(() =>
            {
                order.Add(number);
                return null;
            }));
        }

        await observer.All.Within();
        Assert.Equal(Enumerable.Range(0, 20), order);
    }

    [Theory]
    [InlineData(AsyncTaskStatus.Stopped)]
    [InlineData(AsyncTaskStatus.TimedOut)]
    public async Task Stop_RunningWaitingAndLater_AllEndSo(AsyncTaskStatus reason)
    {
        var observer = new RecordingObserver(6);
        var group = new TaskGroup(_pool, 2, observer);
        var tasks = Enumerable.Range(0, 5).Select(_ =>
        {
            var end = new TaskCompletionSource();
            return new StubTask<int>(() => end.Task) { Stopping = () => end.TrySetCanceled() };
        }).ToArray();
        foreach (var task in tasks)
        {
            group.Add(task);
        }

        group.Stop(reason);
        group.Stop();
        group.Add(new StubTask<int>(() => throw new InvalidOperationException("must not begin")));
        await observer.All.Within();
        Assert.Equal(6, observer.Tasks.Distinct().Count());
        Assert.All(observer.Results, result => Assert.Equal(reason, result.Status));
        Assert.All(tasks.Skip(2), task => Assert.Equal(0, task.Stops));
    }

    [Fact]
    public void Stop_NotAReason_Refused() => Assert.Throws<ArgumentOutOfRangeException>(
        () => new TaskGroup(_pool, 1, new RecordingObserver(1)).Stop(AsyncTaskStatus.Failed));

    [Fact]
    public async Task OpenCount_StopAndEnd_OnlyWhatHasNotEnded()
    {
        var observer = new RecordingObserver(3);
        var group = new TaskGroup(_pool, 1, observer);
        Signal entered = new(), gate = new();
        group.Add(StubTask.Blocking(entered, gate));
        group.Add(new StubTask<int>(static () => null));
        group.Add(new StubTask<int>(static () => null));
        await entered.WaitAsync();
        Assert.Equal((3, 2), (group.OpenCount, group.WaitingCount));
        group.Stop();
        Assert.Equal((1, 0), (group.OpenCount, group.WaitingCount));
        gate.Open();
        await observer.All.Within();
        await Waiting.OnThread(() => _pool.Shutdown()).Within();
        Assert.Equal((0, 0), (group.OpenCount, group.WaitingCount));
    }

    [Fact]
    public async Task OpenCount_ATaskIsBetweenItsPlaces_IsCounted()
    {
        var observer = new RecordingObserver(2);
        var group = new TaskGroup(_pool, 1, observer);
        Signal gate = new(), between = new(), goOn = new();
        group.Add(new StubTask<int>(() =>
        {
            gate.Wait();
            return null;
        }));
        group.Add(new PlacedTask(() =>
        {
            between.Open();
            goOn.Wait();
        }));
        Assert.Equal(2, group.OpenCount);
        gate.Open();
        await between.WaitAsync();
        Assert.InRange(group.OpenCount, 1, 2);
        goOn.Open();
        await observer.All.Within();
    }

    [Fact]
    public async Task Add_TaskStoppedBefore_ToldOfOnceAndTakesNoPlace()
    {
        var observer = new RecordingObserver(2);
        var group = new TaskGroup(_pool, 1, observer);
        var stopped = new StubTask<int>(() => throw new InvalidOperationException("must not begin"), new TaskOptions { Index = 7 });
        Assert.True(stopped.Stop());
        var next = new StubTask<int>(() => null);
        group.Add(next);
        group.Add(stopped);
        await observer.All.Within();
        Assert.Equal([next, stopped], observer.Tasks.OrderBy(task => task.Index));
        Assert.Equal([0, 1], observer.Results.Select(result => result.Index).Order());
        Assert.Equal(AsyncTaskStatus.Stopped, stopped.Status);
    }

    [Fact]
    public async Task OnEnded_TaskStoppedWhileItWaits_ToldOfOnceAndTakesNoPlace()
    {
        var observer = new RecordingObserver(3);
        var group = new TaskGroup(_pool, 1, observer);
        Signal entered = new(), gate = new();
        var first = StubTask.Blocking(entered, gate);
        var second = new StubTask<int>(() => null);
        var third = new StubTask<int>(() => null);
        group.Add(first);
        group.Add(second);
        group.Add(third);
        await entered.WaitAsync();
        Assert.True(second.Stop());
        gate.Open();
        await observer.All.Within();
        Assert.Equal([second, first, third], observer.Tasks);
    }

    [Fact]
    public async Task OnEnded_ObserverThrows_LoopAndGroupGoOn()
    {
        var group = new TaskGroup(_pool, 1, new ThrowingObserver());
        StubTask<int> task = new(() => null), next = new(() => null);
        group.Add(task);
        group.Add(next);
        await task.ResultWithin();
        await next.ResultWithin();
        Assert.Equal(1, await _pool.Submit(Coroutines.Returning(1)).Future.Within());
        await Waiting.OnThread(() => _pool.Shutdown()).Within();
    }

    /// <summary>Tells of its way to a place, where it is asked for its hash.</summary>
    private sealed class PlacedTask(Action placing) : TaskInfo<int>(default(TaskOptions))
    {
        private int _asked;

        public override int GetHashCode()
        {
            if (Interlocked.Increment(ref _asked) == 1)
            {
                placing();
            }

            return Id.GetHashCode();
        }

        public override bool Equals(object? obj) => ReferenceEquals(this, obj);

        protected override Task? OnStart() => null;

        protected override void OnStop()
        {
        }

        protected override TaskResult CreateResult(AsyncTaskStatus status, Exception? exception, Task? body) => new(status, 0, exception);
    }

    private sealed class ThrowingObserver : ITaskObserver
    {
        public void OnEnded(TaskInfo task, TaskResult result) => throw new InvalidOperationException("observer");
    }
}
