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
                // Few tasks are asked for a future, so it is made when it is. Continuations are the asker's code: they
                // never run on the thread that ends the task.
                var made = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
                future = Interlocked.CompareExchange(ref _future, made, null) ?? made;
                if (Result is not null)
                {
                    Publish(future);
                }
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
        // Full fence between publishing the result and looking for a future: see the mirror image in Future.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _future) is { } future)
        {
            Publish(future);
        }
    }

    private void Publish(TaskCompletionSource<T> future)
    {
        var result = Result!;
        switch (result.Status)
        {
            case AsyncTaskStatus.Succeeded:
                future.TrySetResult((T)result.Output!);
                break;
            case AsyncTaskStatus.Stopped:
                future.TrySetCanceled();
                break;
            default:
                if (future.TrySetException(result.Exception!))
                {
                    // The result carries the exception too; a future nobody looks at is no unobserved failure.
                    _ = future.Task.Exception;
                }

                break;
        }
    }
}
