using System.Collections.Concurrent;

namespace AsyncExecutors;

/// <content>The queue of tasks that have not begun, which other loops of the pool may take over, and the count of what is pending.</content>
/// <remarks>
/// Whoever adds to a queue looks afterwards, behind a full fence, whether the loop still serves it (asleep, broken,
/// given up, ended); whoever changes that looks at the queues afterwards, behind one too. So at least one of them sees
/// the other, and nothing stays behind.
/// </remarks>
public sealed partial class EventLoop
{
    /// <summary>From here on <see cref="Load"/> is not exact.</summary>
    private const int MuchPending = 64;

    private readonly ILoopOwner _owner;
    private readonly ConcurrentQueue<TaskInfo> _tasks = new();

    /// <summary>Ends of tasks that are being told on other threads; the loop's thread outlives them.</summary>
    private int _telling;

    private int _waiting;
    private volatile bool _closed;
    private volatile bool _broken;
    private volatile bool _abandoned;

    /// <summary>
    /// The tasks given to this loop that have not ended, begun or not. (What the seed page balances by.) A task stopped
    /// before it began counts until its turn comes.
    /// </summary>
    public int PendingCount
    {
        get
        {
            // In this order: both only grow, so when they are equal nothing was pending at the second look.
            var gone = Volatile.Read(ref _gone.Value);
            return (int)(Volatile.Read(ref _given.Value) - gone);
        }
    }

    /// <summary>
    /// What is pending, for a choice between loops: exact while that is little, and of a loop that sleeps. When it is much,
    /// a few tasks make no difference, and <c>_gone</c>, which the loop's thread writes with every task, is only looked at
    /// when asked to: each look costs both threads more than all else that is done to hand over a small task. (A loop that
    /// has run out of work and does not sleep yet takes what waits elsewhere before it does.)
    /// </summary>
    internal long Load(bool look)
    {
        var given = Volatile.Read(ref _given.Value);
        var load = given - Volatile.Read(ref _given.SeenOfOther);
        if (load < MuchPending || look || Volatile.Read(ref _asleep) != 0)
        {
            var gone = Volatile.Read(ref _gone.Value);
            Volatile.Write(ref _given.SeenOfOther, gone);
            load = given - gone;
        }

        return load;
    }

    /// <summary>The tasks that wait for their turn on this loop.</summary>
    public int QueuedCount => _tasks.Count;

    /// <summary>True once the loop was given up.</summary>
    internal bool IsAbandoned => _abandoned;

    /// <summary>Why the loop broke down; null when it did not.</summary>
    internal Exception? Failure => _failure;

    /// <summary>True while the loop's code blocks its thread and has said so (<see cref="EnterWait"/>).</summary>
    internal bool IsWaiting => (Volatile.Read(ref _waiting) & ~BeingMoved) != 0;

    /// <summary>True while a task waits for its turn here.</summary>
    internal bool HasQueuedTasks => !_tasks.IsEmpty;

    /// <summary>True when nothing is pending and all ends have been told.</summary>
    internal bool IsEmpty => PendingCount == 0 && Volatile.Read(ref _telling) == 0;

    /// <summary>True when the loop takes no more and nothing is left to do for it.</summary>
    internal bool IsCompletedAndIdle => _closed && IsEmpty && !HasCallbacks;

    /// <summary>
    /// Says that the caller is about to block. When it is a loop's thread that blocks, the loop's pool lets another loop
    /// take over what waits here, so that a task may wait for tasks of its own pool. Elsewhere it means nothing.
    /// </summary>
    /// <returns>Ends the announcement when disposed; on the same thread.</returns>
    public static WaitScope EnterWait()
    {
        var loop = CurrentLoop;
        if (loop is not null)
        {
            loop._keptBefore = loop._kept is { IsEmpty: false } && loop._keptFor != loop.Holder;
            Interlocked.Increment(ref loop._waiting);
            loop.TellOfWait();
        }

        return new WaitScope(loop);
    }

    private void TellOfWait()
    {
        try
        {
            if (HasQueuedTasks)
            {
                _owner.TaskWaits(this);
            }

            if (HoldsContinuations)
            {
                _owner.ContinuationWaits(this);
            }
        }
        catch
        {
            // The code's thread was interrupted, say: there is no wait.
            ExitWait();
            throw;
        }
    }

    internal bool BelongsTo(object owner) => _owner == owner;

    /// <summary>Takes no more tasks; the thread ends when what is pending has ended.</summary>
    internal void Close()
    {
        _closed = true;
        Wake();
    }

    /// <summary>Gives the loop a task.</summary>
    /// <returns>False, without effect, when the loop takes no more.</returns>
    internal bool TryEnqueue(TaskInfo task)
    {
        // Counted before the look at _closed, as the pump looks at _closed before the count: one sees the other.
        Interlocked.Increment(ref _given.Value);
        if (_closed)
        {
            CountOff();
            return false;
        }

        if (task.EventLoop is null)
        {
            // One that comes from a loop that was given up is as old as it was.
            task.SubmittedAt = _stops.Count;
        }

        task.EventLoop = this;
        _tasks.Enqueue(task);
        Wake();
        if (_broken)
        {
            FailQueued();
        }
        else if (_abandoned && _closed)
        {
            // The owner has closed the loop, and may have moved the tasks before this one came.
            _owner.TaskStranded(this);
        }
        else
        {
            _owner.TaskWaits(this);
        }

        return true;
    }

    /// <summary>Takes a task that has not begun away, for another loop of the pool, which counts it from now on.</summary>
    internal bool TryTake(out TaskInfo task)
    {
        if (!_tasks.TryDequeue(out task!))
        {
            return false;
        }

        CountOff();
        return true;
    }

    /// <summary>A task of this loop has ended, in one way or another, and no longer counts.</summary>
    internal void CountOff()
    {
        var gone = Interlocked.Increment(ref _gone.Value);
        if ((_closed || _abandoned) && gone == Volatile.Read(ref _given.Value))
        {
            Wake();
            TellIfAbandonedAndEmpty();
        }
    }

    /// <summary>
    /// A task that had begun here has its result. It no longer counts, but the loop's thread does not end before all
    /// who wait for the task were told, so that nobody finds the executor ended and the task not.
    /// </summary>
    /// <returns>True when <see cref="EndTold"/> is to be called.</returns>
    internal bool TaskEnded(bool isOnLoop)
    {
        var elsewhere = (!isOnLoop && CurrentLoop != this) || _abandoned;
        if (elsewhere)
        {
            Interlocked.Increment(ref _telling);
        }

        CountOff();
        return elsewhere;
    }

    internal void EndTold()
    {
        if (Interlocked.Decrement(ref _telling) == 0 && _closed)
        {
            Wake();
            TellIfAbandonedAndEmpty();
        }
    }

    private void TellIfAbandonedAndEmpty()
    {
        if (_abandoned && IsEmpty)
        {
            _owner.AbandonedLoopEmpty(this);
        }
    }

    private void FailAll()
    {
        _broken = true;
        Interlocked.MemoryBarrier();
        FailQueued();
        foreach (var task in Suspended)
        {
            task.Fail(_failure!);
        }

        DrainElsewhere();
    }

    private void FailQueued()
    {
        while (TryTake(out var task))
        {
            task.Fail(_failure!);
        }
    }
}
