namespace AsyncExecutors.Streams;

/// <summary>Places for objects on their way from tasks to a pipeline. Who writes takes one, who has taken the object over gives it back.</summary>
/// <remarks>
/// Places come back a quarter of all at once, so that a writer that waits finds several instead of being woken for each.
/// Thread safety: all members may be used from any thread.
/// </remarks>
internal sealed class OutputRoom(int places)
{
    private readonly SemaphoreSlim _free = new(places);
    private readonly int _batch = Math.Max(1, places / 4);
    private int _returned;

    internal bool TryTake() => _free.Wait(0);

    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    internal void Take(CancellationToken cancellationToken) => _free.Wait(cancellationToken);

    /// <inheritdoc cref="Take"/>
    internal Task TakeAsync(CancellationToken cancellationToken) => _free.WaitAsync(cancellationToken);

    internal void GiveBack()
    {
        if (Interlocked.Increment(ref _returned) >= _batch && Interlocked.Exchange(ref _returned, 0) is > 0 and var count)
        {
            _free.Release(count);
        }
    }
}
