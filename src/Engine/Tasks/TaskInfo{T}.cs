using System.Runtime.CompilerServices;

namespace AsyncExecutors;

/// <summary>A <see cref="TaskInfo"/> whose value has a type. Can be awaited.</summary>
/// <typeparam name="T">What the task returns.</typeparam>
/// <remarks>Thread safety: as <see cref="TaskInfo"/>.</remarks>
public abstract class TaskInfo<T> : TaskInfo
{
    private TaskCompletionSource<T>? _future;

    /// <summary>Makes a task that no executor has been given yet.</summary>
    /// <param name="options">Name and timeout.</param>
    protected TaskInfo(in TaskOptions options)
        : base(options)
    {
    }

    /// <inheritdoc cref="TaskInfo.Future"/>
    public new Task<T> Future
    {
        get
        {
            var future = Volatile.Read(ref _future);
            if (future is null)
            {
                // Few tasks are asked for a future, so it is made when it is.
                var made = new TaskCompletionSource<T>();
                future = Interlocked.CompareExchange(ref _future, made, null) ?? made;
            }

            if (HasEnded && !future.Task.IsCompleted)
            {
                // Another asker may hang on it already, or be about to publish it: who finds the task ended finds its
                // future ended, too.
                PublishApart(future);
            }

            return future.Task;
        }
    }

    /// <inheritdoc/>
    private protected sealed override Task FutureOfAnyType => Future;

    /// <summary>Lets <c>await task</c> stand for <c>await task.Future</c>.</summary>
    /// <returns>The awaiter of <see cref="Future"/>.</returns>
    public TaskAwaiter<T> GetAwaiter() => Future.GetAwaiter();

    /// <inheritdoc/>
    protected override void OnEnded()
    {
        // There was a full fence between publishing the result and looking for a future: see the mirror image in Future.
        if (Volatile.Read(ref _future) is { } future)
        {
            PublishApart(future);
        }
    }

    private void PublishApart(TaskCompletionSource<T> future)
    {
        // What follows an await of the future is the asker's code and must not run here. It does not where a context of
        // one's own is current, as on a loop. RunContinuationsAsynchronously would see to it too, but at the cost of a
        // trip through the thread pool for everything that hangs on the future, such as each step of a Task.WhenAll.
        var context = SynchronizationContext.Current;
        if (context is not null && context.GetType() != typeof(SynchronizationContext))
        {
            Publish(future);
            return;
        }

        SynchronizationContext.SetSynchronizationContext(NoContinuationsHere.Instance);
        try
        {
            Publish(future);
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

    private void Publish(TaskCompletionSource<T> future)
    {
        switch (Status)
        {
            case AsyncTaskStatus.Succeeded:
                future.TrySetResult(MakesResultOnDemand && Body is Task<T> body ? body.Result : (T)Result!.Output!);
                break;
            case AsyncTaskStatus.Stopped:
                future.TrySetCanceled();
                break;
            default:
                if (future.TrySetException(Result!.Exception!))
                {
                    // The result carries the exception too; a future nobody looks at is no unobserved failure.
                    _ = future.Task.Exception;
                }

                break;
        }
    }
}
