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
internal sealed class PipelineQueue
{
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

    internal bool TryTake(out object item) => _items.TryDequeue(out item!);

    /// <inheritdoc cref="Wait(TimeSpan, CancellationToken)"/>
    internal void Wait(CancellationToken cancellationToken) => Wait(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>
    /// Waits until there is something to take, or the time is over, and serves what tasks call in the thread's runspace
    /// meanwhile.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    internal void Wait(TimeSpan time, CancellationToken cancellationToken)
    {
        var block = RunspaceLoopHost.Stoppable;
        WaitForItem(time, cancellationToken);
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

    private void WaitForItem(TimeSpan time, CancellationToken cancellationToken)
    {
        for (var spin = default(SpinWait); !spin.NextSpinWillYield; spin.SpinOnce())
        {
            if (!_items.IsEmpty)
            {
                return;
            }
        }

        var calls = ForeignCalls.OfThread;
        calls?.Listen(_wakeUp);
        try
        {
            do
            {
                calls?.Serve();
            }
            while (_items.IsEmpty && Sleep(calls, time, cancellationToken));
        }
        finally
        {
            calls?.Unlisten(_wakeUp);
        }
    }

    /// <summary>Waits until there may be something to do.</summary>
    /// <returns>False when the time is over.</returns>
    private bool Sleep(ForeignCalls? calls, TimeSpan time, CancellationToken cancellationToken)
    {
        using (EventLoop.EnterWait())
        using (RunspaceOpening.GiveWay())
        {
            Interlocked.Exchange(ref _asleep, 1);
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
