namespace AsyncExecutors.Streams;

/// <summary>Places for objects on their way from tasks to a pipeline. Who writes takes one, who has taken the object over gives it back.</summary>
/// <remarks>
/// <para>Places come back a quarter of all at once, so that a writer that waits finds several instead of being woken for each.</para>
/// <para>Thread safety: all members may be used from any thread.</para>
/// </remarks>
internal sealed class OutputRoom(int places)
{
    /// <summary>How long nothing may come back before the room grows.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.5);

    private readonly SemaphoreSlim _free = new(places);
    private readonly int _batch = Math.Max(1, places / 4);
    private int _returned;

    internal bool TryTake() => _free.Wait(0);

    /// <summary>Takes a place, and waits for it.</summary>
    /// <param name="mayGrow">
    /// True when who is to give places back may itself be waiting for the calling thread. While nothing comes back, the
    /// room then grows by its size every half a second: slowly where that is not so, and for ever waits nobody.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    internal void Take(bool mayGrow, CancellationToken cancellationToken)
    {
        for (var returned = Volatile.Read(ref _returned); !_free.Wait(mayGrow ? Patience : Timeout.InfiniteTimeSpan, cancellationToken);)
        {
            var before = returned;
            returned = Volatile.Read(ref _returned);
            if (returned == before)
            {
                _free.Release(places);
            }
        }
    }

    /// <summary>Takes a place when there is one.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    internal Task TakeAsync(CancellationToken cancellationToken) => _free.WaitAsync(cancellationToken);

    internal void GiveBack()
    {
        if (Interlocked.Increment(ref _returned) >= _batch && Interlocked.Exchange(ref _returned, 0) is > 0 and var count)
        {
            _free.Release(count);
        }
    }
}
