namespace AsyncExecutors;

/// <summary>A task given as a function that starts it: a coroutine that has not begun.</summary>
internal sealed class DelegateTask<T> : TaskInfo<T>
{
    private CancellationTokenSource? _cancellation;

    internal DelegateTask(Func<CancellationToken, Task<T>> coroutine, in TaskOptions options, bool withFuture)
        : base(options, coroutine, withFuture)
    {
    }

    protected override bool MakesResultOnDemand => true;

    // Not sooner, by the thread that submits: what another thread has just made is slow to reach.
    private protected override void BeforeStart() => _cancellation = new CancellationTokenSource();

    protected override Task? OnStart()
    {
        var content = Content;
        if (content is null)
        {
            throw new InvalidOperationException($"{Name} is null instead of a function.");
        }

        if (content is not Func<CancellationToken, Task<T>> coroutine)
        {
            // The task has ended just now without its code, and has something else there.
            return null;
        }

        return coroutine(_cancellation!.Token) ?? throw new InvalidOperationException($"{Name}'s function returned null instead of a task.");
    }

    // Registrations are the task's own code: they run on a pool thread, never on that of whoever asked for the stop.
    protected override void OnStop() => _ = _cancellation!.CancelAsync();

    protected override TaskResult CreateResult(AsyncTaskStatus status, Exception? exception, Task? body) =>
        new(status, body is Task<T> ended ? ended.Result : null, exception);
}
