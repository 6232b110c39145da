namespace AsyncExecutors;

/// <summary>A task given as a function that starts it: a coroutine that has not begun.</summary>
internal sealed class DelegateTask<T> : TaskInfo<T>
{
    private static readonly CancellationTokenSource StoppedBefore = new();

    private readonly Func<CancellationToken, Task<T>> _coroutine;
    private CancellationTokenSource? _cancellation;

    internal DelegateTask(Func<CancellationToken, Task<T>> coroutine, in TaskOptions options)
        : base(options) => _coroutine = coroutine;

    protected override bool MakesResultOnDemand => true;

    protected override Task? OnStart()
    {
        var coroutine = _coroutine ?? throw new InvalidOperationException($"{Name} is null instead of a function.");

        // Made here, by the thread that uses it: what another thread has just made is slow to reach.
        var cancellation = new CancellationTokenSource();
        if (Interlocked.CompareExchange(ref _cancellation, cancellation, null) is not null)
        {
            cancellation.Cancel();
        }

        return coroutine(cancellation.Token) ?? throw new InvalidOperationException($"{Name}'s function returned null instead of a task.");
    }

    // Registrations are the task's own code: they run on a pool thread, never on that of whoever asked for the stop.
    protected override void OnStop() => _ = Interlocked.CompareExchange(ref _cancellation, StoppedBefore, null)?.CancelAsync();

    protected override TaskResult CreateResult(AsyncTaskStatus status, Exception? exception, Task? body) =>
        new(status, body is Task<T> ended ? ended.Result : null, exception);
}
