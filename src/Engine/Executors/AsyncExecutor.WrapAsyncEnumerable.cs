namespace AsyncExecutors;

/// <content>Asynchronous sequences for callers that block.</content>
public abstract partial class AsyncExecutor
{
    /// <inheritdoc/>
    public IEnumerable<T> WrapAsyncEnumerable<T>(IAsyncEnumerable<T> source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Enumerate(source, cancellationToken);

        IEnumerable<T> Enumerate(IAsyncEnumerable<T> sequence, CancellationToken token)
        {
            var enumerator = Run(_ => Task.FromResult(sequence.GetAsyncEnumerator(token)), token);
            Task<bool>? step = null;
            try
            {
                while (Run(_ => step = enumerator.MoveNextAsync().AsTask(), token))
                {
                    yield return enumerator.Current;
                }
            }
            finally
            {
                Leave(enumerator, step, token);
            }
        }
    }

    private void Leave<T>(IAsyncEnumerator<T> enumerator, Task<bool>? step, CancellationToken cancellationToken)
    {
        if (step is null or { IsCompleted: true })
        {
            try
            {
                WaitForDisposal(this.Submit(_ => enumerator.DisposeAsync().AsTask()), cancellationToken);
            }
            catch (ObjectDisposedException)
            {
                // The executor was shut down under the enumeration: there is no loop left to do it on.
                WaitWithin(Task.Run(() => enumerator.DisposeAsync().AsTask()), cancellationToken);
            }

            return;
        }

        // Stuck in an item although it was cancelled. An enumerator must not be disposed while it moves.
        _ = step.ContinueWith(
            static (_, state) => _ = ((IAsyncEnumerator<T>)state!).DisposeAsync().AsTask(),
            enumerator,
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
    }

    private void WaitForDisposal(TaskInfo disposal, CancellationToken cancellationToken)
    {
        if (!WaitWithin(disposal.Future, cancellationToken) && disposal.Status == AsyncTaskStatus.Running)
        {
            // Nobody waits for it any more, and the executor's shutdown must not either. (One whose turn has not come has it.)
            disposal.Stop();
        }
    }

    /// <summary>Waits for the end; once the token is cancelled, at most as long as the grace period.</summary>
    /// <returns>False when there was no end.</returns>
    private bool WaitWithin(Task disposal, CancellationToken cancellationToken)
    {
        using (EventLoop.EnterWait())
        {
            try
            {
                Task.WaitAny([disposal], cancellationToken);
            }
            catch (OperationCanceledException)
            {
                // It may have ended since that was thrown: then the wait sees it at once.
                if (Task.WaitAny([disposal], WaitOf(Options.GracePeriod)) < 0)
                {
                    return false;
                }
            }
        }

        disposal.GetAwaiter().GetResult();
        return true;
    }
}
