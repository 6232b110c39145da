namespace AsyncExecutors;

/// <summary>What all executors have in common: everything but the choice of a loop.</summary>
/// <remarks>Thread safety: as <see cref="IAsyncExecutor"/>.</remarks>
public abstract partial class AsyncExecutor : IAsyncExecutor
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How the executor's loops are made.</summary>
    private protected abstract EventLoopOptions Options { get; }

    /// <inheritdoc/>
    public abstract void Submit(TaskInfo task);

    /// <summary>As <see cref="Submit(TaskInfo)"/>, for a task that nobody else has yet, and so none can hand over at the same time.</summary>
    internal abstract void SubmitNew(TaskInfo task);

    /// <inheritdoc/>
    public abstract void Shutdown(bool wait = true, CancellationToken cancellationToken = default);

    /// <summary>Asks all that is pending to end, and does not wait for it. What is submitted later is not concerned.</summary>
    public abstract void StopPending();

    /// <summary>Ends when all threads have.</summary>
    private protected abstract Task Ended { get; }

    /// <summary>Throws when blocking the calling thread would keep the executor from doing the work waited for.</summary>
    private protected abstract void ThrowIfWaitWouldDeadlock();

    /// <inheritdoc/>
    public TaskInfo<T> Submit<T>(
        Func<CancellationToken, Task<T>> coroutine,
        TaskOptions options = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(coroutine);
        var task = new DelegateTask<T>(coroutine, options, withFuture: true);
        task.StopWhen(cancellationToken);
        try
        {
            SubmitNew(task);
        }
        catch
        {
            task.Forget();
            throw;
        }

        return task;
    }

    /// <inheritdoc/>
    public T Run<T>(Func<CancellationToken, Task<T>> coroutine, CancellationToken cancellationToken = default)
    {
        ThrowIfWaitWouldDeadlock();
        var task = Submit(coroutine, default, cancellationToken);
        using (EventLoop.EnterWait())
        {
            return task.Future.GetAwaiter().GetResult();
        }
    }

    /// <summary>
    /// Takes no more tasks, asks what is pending to end, and waits for that, three grace periods at the most: that of a task whose
    /// thread other code has kept is twice as long, and threads need some time, too. Does not wait on a thread of the executor's
    /// own.
    /// </summary>
    public void Dispose()
    {
        StopNow();
        if (!IsOwnThread)
        {
            using (EventLoop.EnterWait())
            {
                Ended.Wait(StopTime);
            }
        }

        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Dispose"/>
    /// <returns>A task that ends when <see cref="Dispose"/> would return.</returns>
    public async ValueTask DisposeAsync()
    {
        StopNow();
        if (!IsOwnThread)
        {
            await Task.WhenAny(Ended, Task.Delay(StopTime, TimeProvider.System)).ConfigureAwait(false);
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>True on a thread of one of this executor's loops.</summary>
    internal abstract bool IsOwnThread { get; }

    /// <summary>
    /// The grace period for the tasks, which some have a second time as a loop was held, and as much again for their threads
    /// to end; no more than a wait may take, 24 days.
    /// </summary>
    private TimeSpan StopTime => WaitOf(Options.GracePeriod * 3);

    private static TimeSpan WaitOf(TimeSpan time) => TimeSpan.FromMilliseconds(Math.Min(time.TotalMilliseconds, int.MaxValue));

    private void StopNow()
    {
        Shutdown(wait: false);
        StopPending();
    }
}
