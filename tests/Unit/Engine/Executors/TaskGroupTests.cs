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
    public async Task Add_ExecutorShutDownBefore_RefusedAndNotToldOf()
    {
        await Waiting.OnThread(() => _pool.Shutdown()).Within();
        var observer = new RecordingObserver(1);
        var group = new TaskGroup(_pool, 1, observer);
        Assert.Throws<ObjectDisposedException>(() => group.Add(new StubTask<int>(() => null)));
        group.Stop();
        Assert.Empty(observer.Tasks);
    }

    [Fact]
    public async Task Add_ExecutorCannotRunTasks_RefusedAndNotToldOf()
    {
        await using var pool = new EventLoopPoolExecutor(1, StubHost.Options((_, _) => throw new FormatException("host")));
        Assert.True(SpinWait.SpinUntil(() => pool.EventLoops.Count == 0, Waiting.Limit));
        var observer = new RecordingObserver(1);
        var group = new TaskGroup(pool, 1, observer);
        Assert.Throws<InvalidOperationException>(() => group.Add(new StubTask<int>(() => null)));
        group.Stop();
        Assert.Empty(observer.Tasks);
    }

    [Theory]
    [InlineData(true, AsyncTaskStatus.Stopped)]
    [InlineData(false, AsyncTaskStatus.Failed)]
    public void Add_FirstIsRefusedWhileAnotherWaitsForItsPlace_TheOtherEnds(bool isShutDown, AsyncTaskStatus end)
    {
        var observer = new RecordingObserver(1);
        TaskGroup? group = null;
        StubTask<int> first = new(() => null), second = new(() => null);
        group = new TaskGroup(
            new RefusingExecutor(task =>
            {
                if (task == first)
                {
                    group!.Add(second);
                }

                throw isShutDown ? new ObjectDisposedException("pool") : new InvalidOperationException("All broke down.");
            }),
            1,
            observer);

        Assert.ThrowsAny<InvalidOperationException>(() => group.Add(first));
        Assert.Equal([second], observer.Tasks);
        Assert.Equal(end, second.Status);
        Assert.Equal(AsyncTaskStatus.Pending, first.Status);
    }

    [Fact]
    public async Task Add_ExecutorShutDownMeanwhile_TheRestIsStopped()
    {
        var observer = new RecordingObserver(100);
        var group = new TaskGroup(_pool, 1, observer);
        Signal entered = new(), gate = new();
        group.Add(new StubTask<int>(() =>
        {
            entered.Open();
            gate.Wait();
            return null;
        }));
        for (var i = 1; i < 100; i++)
        {
            group.Add(new StubTask<int>(() => null));
        }

        await entered.WaitAsync();
        _pool.Shutdown(wait: false);
        gate.Open();
        await observer.All.Within();
        Assert.Equal(
            [AsyncTaskStatus.Succeeded, .. Enumerable.Repeat(AsyncTaskStatus.Stopped, 99)],
            observer.Results.OrderBy(result => result.Index).Select(result => result.Status));
    }

    [Fact]
    public async Task Add_ExecutorShutDownMeanwhile_WhatHasBegunGoesOn()
    {
        var observer = new RecordingObserver(4);
        var group = new TaskGroup(_pool, 2, observer);
        Signal entered = new();
        TaskCompletionSource first = new(), second = new();
        group.Add(new StubTask<int>(() => first.Task));
        var running = new StubTask<int>(() =>
        {
            entered.Open();
            return second.Task;
        });
        group.Add(running);
        StubTask<int> third = new(() => null), fourth = new(() => null);
        group.Add(third);
        group.Add(fourth);
        await entered.WaitAsync();
        _pool.Shutdown(wait: false);
        first.SetResult();
        await third.ResultWithin();
        await fourth.ResultWithin();
        Assert.Equal(AsyncTaskStatus.Running, running.Status);
        Assert.Equal(0, running.Stops);
        second.SetResult();
        await observer.All.Within();
        Assert.Equal(
            [AsyncTaskStatus.Succeeded, AsyncTaskStatus.Succeeded, AsyncTaskStatus.Stopped, AsyncTaskStatus.Stopped],
            observer.Results.OrderBy(result => result.Index).Select(result => result.Status));
    }

    /// <summary>As with threads that are left behind: a refusal that passes.</summary>
    [Fact]
    public async Task Add_AnotherIsRefusedWhileThisOneIsHandedOver_ItRuns()
    {
        var observer = new RecordingObserver(3);
        StubTask<int> first = new(() => null), refused = new(() => null), handedOver = new(() => null);
        TaskGroup? group = null;
        group = new TaskGroup(
            new RefusingExecutor(task =>
            {
                if (task == refused)
                {
                    throw new InvalidOperationException("Too many threads.");
                }

                if (task == handedOver)
                {
                    group!.Add(refused);
                }

                _pool.Submit(task);
            }),
            3,
            observer);
        group.Add(first);
        group.Add(handedOver);
        await observer.All.Within();
        Assert.Equal(
            [AsyncTaskStatus.Succeeded, AsyncTaskStatus.Succeeded, AsyncTaskStatus.Failed],
            new[] { first, handedOver, refused }.Select(task => task.Status));
        await Waiting.OnThread(() => _pool.Shutdown()).Within();
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
        var first = new StubTask<int>(() =>
        {
            entered.Open();
            gate.Wait();
            return null;
        });
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

    private sealed class ThrowingObserver : ITaskObserver
    {
        public void OnEnded(TaskInfo task, TaskResult result) => throw new InvalidOperationException("observer");
    }

    /// <summary>Does with tasks what the test says.</summary>
    private sealed class RefusingExecutor(Action<TaskInfo> submit) : IAsyncExecutor
    {
        public void Submit(TaskInfo task) => submit(task);

        public TaskInfo<T> Submit<T>(Func<CancellationToken, Task<T>> coroutine, TaskOptions options = default, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public T Run<T>(Func<CancellationToken, Task<T>> coroutine, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public IAsyncEnumerable<TaskResult> RunMultipleAsync<T>(
            IEnumerable<Func<CancellationToken, Task<T>>> tasks, int maxWorkers, TimeSpan? timeout, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public IEnumerable<TaskResult> RunMultiple<T>(
            IEnumerable<Func<CancellationToken, Task<T>>> tasks, int maxWorkers, TimeSpan? timeout, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public IEnumerable<T> WrapAsyncEnumerable<T>(IAsyncEnumerable<T> source, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public void Shutdown(bool wait = true, CancellationToken cancellationToken = default)
        {
        }

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
