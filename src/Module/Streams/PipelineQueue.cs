using System.Collections.Concurrent;
using AsyncExecutors.Runspaces;

namespace AsyncExecutors.Streams;

/// <summary>
/// What tasks have for a pipeline: results and stream records, in the order in which they came. Any thread adds, the
/// pipeline's own thread takes.
/// </summary>
internal sealed class PipelineQueue
{
    private readonly ConcurrentQueue<object> _items = new();
    private readonly SemaphoreSlim _wake = new(0);
    private int _asleep;

    /// <summary>How many there are now.</summary>
    internal int Count => _items.Count;

    internal void Add(object item)
    {
        _items.Enqueue(item);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _asleep) != 0 && Interlocked.Exchange(ref _asleep, 0) != 0)
        {
            _wake.Release();
        }
    }

    internal bool TryTake(out object item) => _items.TryDequeue(out item!);

    /// <inheritdoc cref="Wait(TimeSpan, CancellationToken)"/>
    internal void Wait(CancellationToken cancellationToken) => Wait(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>Waits until there is something to take, or the time is over.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    internal void Wait(TimeSpan time, CancellationToken cancellationToken)
    {
        for (var spin = default(SpinWait); !spin.NextSpinWillYield; spin.SpinOnce())
        {
            if (!_items.IsEmpty)
            {
                return;
            }
        }

        using (EventLoop.EnterWait())
        using (RunspaceOpening.GiveWay())
        {
            while (_items.IsEmpty)
            {
                Interlocked.Exchange(ref _asleep, 1);
                if (!_items.IsEmpty && Interlocked.Exchange(ref _asleep, 0) != 0)
                {
                    return;
                }

                if (!_wake.Wait(time, cancellationToken))
                {
                    // Who adds next may have seen this thread asleep: at worst a later wait looks once more.
                    Interlocked.Exchange(ref _asleep, 0);
                    return;
                }
            }
        }
    }
}
