using System.Collections.Concurrent;
using System.Management.Automation;
using AsyncExecutors.Callers;
using AsyncExecutors.Runspaces;
using AsyncExecutors.Tasks;

namespace AsyncExecutors.Streams;

/// <summary>
/// What tasks have for a pipeline: results and stream records, in the order in which they came. Any thread adds, the
/// pipeline's own thread takes.
/// </summary>
/// <remarks>
/// Sleeping: the pipeline's thread announces it (<c>_asleep</c>), looks once more whether there is something, and only then
/// waits. Who adds does so first and looks at <c>_asleep</c> afterwards. With a full fence on both sides at least one of them
/// sees the other. Whoever takes <c>_asleep</c> back to 0 owes, or spares, one release.
/// </remarks>
internal sealed class PipelineQueue
{
    /// <summary>Values of <c>_asleep</c>: the thread is to be woken by anything, or by what is urgent only.</summary>
    private const int ForAny = 1;
    private const int ForUrgent = 2;

    /// <summary>How long what is not urgent may lie here: nobody sees it, and a thousand tiny tasks end meanwhile.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(1);

    private readonly ConcurrentQueue<object> _items = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Action _wakeUp;
    private int _asleep;

    internal PipelineQueue() => _wakeUp = WakeUp;

    /// <summary>How many there are now.</summary>
    internal int Count => _items.Count;

    internal void Add(object item)
    {
        _items.Enqueue(item);
        WakeUp();
    }

    /// <summary>Adds something that is not urgent: who waits for many items is not woken for it.</summary>
    internal void AddToMany(object item)
    {
        _items.Enqueue(item);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _asleep) == ForAny)
        {
            WakeUp();
        }
    }

    internal bool TryTake(out object item) => _items.TryDequeue(out item!);

    /// <inheritdoc cref="Wait(TimeSpan, bool, CancellationToken)"/>
    internal void Wait(CancellationToken cancellationToken) => Wait(Timeout.InfiniteTimeSpan, forMany: false, cancellationToken);

    /// <summary>
    /// Waits until there is something to take, or the time is over, and serves what tasks call in the thread's runspace
    /// meanwhile.
    /// </summary>
    /// <param name="time">How long.</param>
    /// <param name="forMany">
    /// True when items are about to come thick and fast: then the thread sleeps for a moment while they gather, unless one is
    /// urgent, instead of looking for each as it comes, on a core that those who make them want too.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    internal void Wait(TimeSpan time, bool forMany, CancellationToken cancellationToken)
    {
        var block = RunspaceLoopHost.Stoppable;
        WaitForItem(time, forMany, cancellationToken);
        LetStopArrive(block, cancellationToken);
    }

    /// <summary>
    /// The end of a stopped task is about to be handed on. When the block on this thread was asked to end, too, that is no answer
    /// to go on with: the one stop may be the other, and is on its way to this thread.
    /// </summary>
    /// <param name="stop">Cancelled when the stop is there.</param>
    /// <exception cref="PipelineStoppedException">It is there.</exception>
    internal static void LetStopArrive(CancellationToken stop)
    {
        try
        {
            LetStopArrive(RunspaceLoopHost.Stoppable, stop);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    private static void LetStopArrive(ScriptTask? block, CancellationToken stop)
    {
        if (block?.IsStopping == true)
        {
            stop.WaitHandle.WaitOne(block.EventLoop!.GracePeriod);
            stop.ThrowIfCancellationRequested();
        }
    }

    private void WaitForItem(TimeSpan time, bool forMany, CancellationToken cancellationToken)
    {
        if (forMany ? !_items.IsEmpty : SpinForItem())
        {
            return;
        }

        var calls = ForeignCalls.OfThread;
        calls?.Listen(_wakeUp);
        try
        {
            calls?.Serve();
            if (forMany && _items.IsEmpty)
            {
                Sleep(calls, ForUrgent, Patience, cancellationToken);
                calls?.Serve();
            }

            while (_items.IsEmpty && Sleep(calls, ForAny, time, cancellationToken))
            {
                calls?.Serve();
            }
        }
        finally
        {
            calls?.Unlisten(_wakeUp);
        }
    }

    private bool SpinForItem()
    {
        for (var spin = default(SpinWait); !spin.NextSpinWillYield; spin.SpinOnce())
        {
            if (!_items.IsEmpty)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Waits until there may be something to do.</summary>
    /// <returns>False when the time is over.</returns>
    private bool Sleep(ForeignCalls? calls, int kind, TimeSpan time, CancellationToken cancellationToken)
    {
        using (EventLoop.EnterWait())
        using (RunspaceOpening.GiveWay())
        {
            Interlocked.Exchange(ref _asleep, kind);
            if ((!_items.IsEmpty || calls?.AreWaiting == true) && Interlocked.Exchange(ref _asleep, 0) != 0)
            {
                return true;
            }

            if (_wake.Wait(time, cancellationToken))
            {
                return true;
            }

            // Who adds next may have seen this thread asleep: at worst a later wait looks once more.
            Interlocked.Exchange(ref _asleep, 0);
            return false;
        }
    }

    private void WakeUp()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _asleep) != 0 && Interlocked.Exchange(ref _asleep, 0) != 0)
        {
            _wake.Release();
        }
    }
}
