using System.Runtime.CompilerServices;

namespace AsyncExecutors;

/// <summary>A <see cref="TaskInfo"/> whose value has a type. Can be awaited.</summary>
/// <typeparam name="T">What the task returns.</typeparam>
/// <remarks>Thread safety: as <see cref="TaskInfo"/>.</remarks>
public abstract class TaskInfo<T> : TaskInfo
{
    /// <summary>
    /// Has the future and ends it, as for an async method. (A <see cref="TaskCompletionSource{TResult}"/> is an object more for each
    /// task.)
    /// </summary>
    private AsyncTaskMethodBuilder<T> _future;

    /// <summary>Makes a task that no executor has been given yet.</summary>
    /// <param name="options">Name and timeout.</param>
    protected TaskInfo(in TaskOptions options)
        : base(options)
    {
    }

    /// <param name="options">Name and timeout.</param>
    /// <param name="function">What <see cref="TaskInfo.Content"/> is until the task has ended.</param>
    /// <param name="withFuture">True for a task whose future will be asked for: it costs least when it is made with the task.</param>
    private protected TaskInfo(in TaskOptions options, object? function, bool withFuture)
        : base(options, function)
    {
        if (withFuture)
        {
            _future = NewFuture();
            NoteFutureFromStart();
        }
    }

    /// <inheritdoc cref="TaskInfo.Future"/>
    public new Task<T> Future
    {
        get
        {
            if (!HasFuture)
            {
                // Before anybody else can wait for it: there may be no memory for it.
                var made = NewFuture();
                if (TryClaimFuture())
                {
                    _future = made;
                    ShowFuture();
                }
            }

            return _future.Task;
        }
    }

    /// <inheritdoc/>
    private protected sealed override Task FutureOfAnyType => Future;

    /// <summary>Lets <c>await task</c> stand for <c>await task.Future</c>.</summary>
    /// <returns>The awaiter of <see cref="Future"/>.</returns>
    public TaskAwaiter<T> GetAwaiter() => Future.GetAwaiter();

    private protected override void EndFuture()
    {
        // What follows an await of the future is the asker's code and must not run here. It does not where a context of
        // one's own is current, as on a loop. RunContinuationsAsynchronously would see to it too, but at the cost of a
        // trip through the thread pool for everything that hangs on the future, such as each step of a Task.WhenAll.
        var context = SynchronizationContext.Current;
        if (context is not null && context.GetType() != typeof(SynchronizationContext))
        {
            Publish();
            return;
        }

        SynchronizationContext.SetSynchronizationContext(NoContinuationsHere.Instance);
        try
        {
            Publish();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>Nobody's context; what is posted to it runs on the thread pool, as usual.</summary>
    private sealed class NoContinuationsHere : SynchronizationContext
    {
        internal static readonly NoContinuationsHere Instance = new();
    }

    private void Publish()
    {
        T value = default!;
        Exception? failure;
        try
        {
            failure = Status == AsyncTaskStatus.Succeeded ? null : Result!.Exception!;
            if (failure is null)
            {
                value = MakesResultOnDemand && Content is Task<T> body ? body.Result : (T)Result!.Output!;
            }
        }
        catch (Exception exception)
        {
            // A derived type that makes results of another type, say. Who awaits the future is told.
            failure = exception;
        }

        if (failure is null)
        {
            _future.SetResult(value);
            return;
        }

        _future.SetException(failure);

        // The result carries the exception too; a future nobody looks at is no unobserved failure.
        _ = _future.Task.Exception;
    }

    private static AsyncTaskMethodBuilder<T> NewFuture()
    {
        var made = AsyncTaskMethodBuilder<T>.Create();
        _ = made.Task;
        return made;
    }
}
