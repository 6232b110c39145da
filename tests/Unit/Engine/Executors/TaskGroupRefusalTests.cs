namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>What becomes of a group's tasks when its executor refuses some.</summary>
public sealed class TaskGroupRefusalTests : IDisposable
{
    private readonly EventLoopPoolExecutor _pool = new(2);

    public void Dispose() => _pool.Dispose();

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
        group.Add(StubTask.Blocking(entered, gate));
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

    /// <summary>As when its thread is interrupted while it lets the pool look at what waits.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Add_HandingOverFailsWhenALoopHasTheTask_ItRunsAndTheOthersTakeTheirTurns(bool isShutDown)
    {
        var observer = new RecordingObserver(4);
        Signal entered = new(), gate = new();
        StubTask<int> first = new(() => null), before = new(() => null), last = new(() => null);
        var taken = StubTask.Blocking(entered, gate);
        var group = new TaskGroup(
            new RefusingExecutor(task =>
            {
                _pool.Submit(task);
                if (task == taken)
                {
                    entered.Wait();
                    throw isShutDown ? new ObjectDisposedException("pool") : new ThreadInterruptedException();
                }
            }),
            1,
            observer);
        group.Add(first);
        await first.ResultWithin();
        group.Add(before);
        await before.ResultWithin();
        var adding = Waiting.OnThread(() => group.Add(taken));
        await entered.WaitAsync();
        await adding.Within();
        group.Add(last);
        Assert.Equal(AsyncTaskStatus.Running, taken.Status);
        Assert.Equal(0, taken.Stops);
        Assert.Equal(AsyncTaskStatus.Pending, last.Status);
        gate.Open();
        await observer.All.Within();
        Assert.All(observer.Results, static result => Assert.Equal(AsyncTaskStatus.Succeeded, result.Status));
        Assert.Equal([first, before, taken, last], observer.Tasks);
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
