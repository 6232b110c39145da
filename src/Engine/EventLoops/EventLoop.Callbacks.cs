using System.Collections.Concurrent;

namespace AsyncExecutors;

/// <content>The queue of callbacks: continuations of tasks that have begun, and what is posted to the loop.</content>
/// <remarks>Who adds to it looks afterwards whether the loop still serves it, as for tasks.</remarks>
public sealed partial class EventLoop
{
    private readonly ConcurrentQueue<Callback> _callbacks = new();

    private bool ServesNoCallbacks => _broken || _ended.Task.IsCompleted;

    /// <summary>
    /// Runs a callback on the loop, after what is queued already. A loop that has ended runs it on a pool thread: code
    /// that waits for something must go on, and its <c>finally</c> blocks run, wherever that is.
    /// </summary>
    /// <param name="callback">What to run.</param>
    /// <param name="state">Its argument.</param>
    /// <exception cref="ArgumentNullException"><paramref name="callback"/> is null.</exception>
    public void Post(SendOrPostCallback callback, object? state)
    {
        ArgumentNullException.ThrowIfNull(callback);
        Post(new Callback(callback, state, _context), hasWaited: false);
    }

    /// <param name="callback">What to run.</param>
    /// <param name="hasWaited">True when it was in the queue of another loop before, whose part the task's new loop takes.</param>
    private void Post(in Callback callback, bool hasWaited)
    {
        if (ServesNoCallbacks || HasMoved(callback))
        {
            RunElsewhere(callback, hasWaited);
            return;
        }

        (hasWaited ? _takenOver : _callbacks).Enqueue(callback);
        Wake();
        if (ServesNoCallbacks)
        {
            DrainElsewhere();
        }
        else if (IsWaiting)
        {
            _owner.ContinuationWaits(this);
        }
    }

    private void DrainElsewhere()
    {
        while (TryTakeCallback(out var callback))
        {
            RunElsewhere(callback, hasWaited: true);
        }
    }

    /// <summary>Runs a callback that this loop does not: on the loop that has taken its task over, or on the thread pool.</summary>
    private void RunElsewhere(in Callback callback, bool hasWaited)
    {
        if (HasMoved(callback))
        {
            callback.Context.Task!.EventLoop!.Post(callback, hasWaited);
        }
        else if (ServesNoCallbacks)
        {
            RunOnThreadPool(callback);
        }
        else
        {
            // It has come back meanwhile.
            Post(callback, hasWaited);
        }
    }

    private static void RunOnThreadPool(in Callback callback) =>
        ThreadPool.UnsafeQueueUserWorkItem(static item => item.Run(), callback, preferLocal: false);

    /// <summary>A continuation, and the context it was posted to, which knows whose it is.</summary>
    private readonly record struct Callback(SendOrPostCallback Function, object? State, LoopSynchronizationContext Context)
    {
        internal void Run() => Function(State);
    }
}
