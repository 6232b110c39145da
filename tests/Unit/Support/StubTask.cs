namespace AsyncExecutors.Tests;

/// <summary>A task of a derived type, as other layers make them.</summary>
internal sealed class StubTask<T>(Func<Task?> start, TaskOptions options = default) : TaskInfo<T>(options)
{
    private int _stops;

    internal Signal StopAsked { get; } = new();

    internal int Stops => Volatile.Read(ref _stops);

    internal bool IsAsked => IsStopRequested;

    internal Func<AsyncTaskStatus, Exception?, TaskResult>? MakeResult { get; init; }

    internal Action? Stopping { get; init; }

    protected override Task? OnStart() => start();

    protected override void OnStop()
    {
        Interlocked.Increment(ref _stops);
        StopAsked.Open();
        Stopping?.Invoke();
    }

    protected override TaskResult CreateResult(AsyncTaskStatus status, Exception? exception, Task? body) =>
        MakeResult?.Invoke(status, exception) ?? new TaskResult(status, default(T), exception);
}

/// <summary>The tasks of a derived type that many tests need.</summary>
internal static class StubTask
{
    /// <summary>Opens the first signal, then holds its loop's thread until the second is open.</summary>
    internal static StubTask<int> Blocking(Signal entered, Signal gate) => new(() =>
    {
        entered.Open();
        gate.Wait();
        return null;
    });
}
