namespace AsyncExecutors.Tests.Interleaving;

/// <summary>What a pool may refuse: anything once it is being shut down, and a task that it was given before.</summary>
internal static class Acts
{
    internal static TaskInfo<int>? Submit(EventLoopPoolExecutor pool)
    {
        TaskInfo<int>? task = null;
        Takes(() => task = pool.Submit(_ => Task.FromResult(1)));
        return task;
    }

    internal static bool Takes(Action submit)
    {
        try
        {
            submit();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}

/// <summary>Code that keeps its thread until it is released.</summary>
internal sealed class StuckCode : IDisposable
{
    private readonly SemaphoreSlim _entered = new(0);
    private readonly SemaphoreSlim _gate = new(0);

    internal Task<int> Run(CancellationToken cancellationToken)
    {
        _entered.Release();
        _gate.Wait();
        return Task.FromResult(1);
    }

    internal void WaitForIt() => _entered.Wait();

    internal void Release() => _gate.Release();

    public void Dispose()
    {
        _entered.Dispose();
        _gate.Dispose();
    }
}

/// <summary>Ends when it is asked to.</summary>
internal sealed class StopTask() : TaskInfo<int>(default)
{
    private readonly TaskCompletionSource<int> _end = new();

    internal bool WasTaken { get; set; }

    protected override Task OnStart() => _end.Task;

    protected override void OnStop() => _end.TrySetCanceled();

    protected override TaskResult CreateResult(AsyncTaskStatus status, Exception? exception, Task? body) => new(status, 0, exception);
}
