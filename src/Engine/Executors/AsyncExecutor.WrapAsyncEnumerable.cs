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
                Leave(enumerator, step);
            }
        }
    }

    private void Leave<T>(IAsyncEnumerator<T> enumerator, Task<bool>? step)
    {
        if (step is null or { IsCompleted: true })
        {
            try
            {
                Run(_ => DisposeAsync(enumerator), CancellationToken.None);
            }
            catch (ObjectDisposedException)
            {
                // The executor was shut down under the enumeration: there is no loop left to do it on.
                Task.Run(() => DisposeAsync(enumerator)).GetAwaiter().GetResult();
            }

            return;
        }

        // Stuck in an item although it was cancelled. An enumerator must not be disposed while it moves.
        _ = step.ContinueWith(
            (_, state) => _ = DisposeAsync((IAsyncEnumerator<T>)state!),
            enumerator,
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);

        static async Task<bool> DisposeAsync(IAsyncEnumerator<T> enumerator)
        {
            await enumerator.DisposeAsync().ConfigureAwait(false);
            return true;
        }
    }
}
