using System.Runtime.CompilerServices;

namespace AsyncExecutors;

/// <summary>A <see cref="TaskInfo"/> whose value has a type. Can be awaited.</summary>
/// <typeparam name="T">What the task returns.</typeparam>
/// <remarks>Thread safety: as <see cref="TaskInfo"/>.</remarks>
public abstract class TaskInfo<T> : TaskInfo
{
    /// <summary>Has the future and ends it, as for an async method. (A <see cref="TaskCompletionSource{TResult}"/> is an object more for each task.)</summary>
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
            _ = _future.Task;
            HasFutureFromStart();
        }
    }

    /// <inheritdoc cref="TaskInfo.Future"/>
    public new Task<T> Future
    {
        get
        {
            if (!HasFuture)
            {
                MakeFuture();
            }

            var future = _future.Task;
            if (HasEnded)
            {
                // Who finds the task ended finds its future ended, too. It is about to be, by whoever ended the task or made the future.
                SpinUntilCompleted(future);
            }

            return future;
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
        switch (Status)
        {
            case AsyncTaskStatus.Succeeded:
                PublishValue();
                break;
            case AsyncTaskStatus.Stopped:
                _future.SetException(new TaskCanceledException(Result!.Exception!.Message));
                break;
            default:
                PublishFailure(Result!.Exception!);
                break;
        }
    }

    private void PublishValue()
    {
        T value;
        try
        {
            value = MakesResultOnDemand && Content is Task<T> body ? body.Result : (T)Result!.Output!;
        }
        catch (Exception failure)
        {
            // A derived type that makes results of another type. Who awaits the future is told.
            PublishFailure(failure);
            return;
        }

        _future.SetResult(value);
    }

    private void PublishFailure(Exception exception)
    {
        _future.SetException(exception);

        // The result carries the exception too; a future nobody looks at is no unobserved failure.
        _ = _future.Task.Exception;
    }

    private void MakeFuture()
    {
        if (TryClaimFuture())
        {
            _ = _future.Task;
            ShowFuture();
        }
        else
        {
            // Another thread makes it.
            var spin = default(SpinWait);
            while (!HasFuture)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }
        }
    }

    private static void SpinUntilCompleted(Task<T> future)
    {
        var spin = default(SpinWait);
        while (!future.IsCompleted)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }
}
