namespace AsyncExecutors;

/// <summary>What a loop asks of the pool it belongs to, and tells it.</summary>
internal interface ILoopOwner
{
    /// <summary>The stops of all that is pending.</summary>
    StopCount Stops { get; }

    /// <summary>The loop's thread has begun; returns when the owner has the loop in its list. That thread.</summary>
    void LoopBegins();

    /// <summary>A task for a loop that has nothing to do; null when no other loop has one to spare. Loop thread.</summary>
    TaskInfo? TakeFor(EventLoop idle);

    /// <summary>True when <see cref="TakeFor"/> would find a task. Loop thread.</summary>
    bool HasFor(EventLoop idle);

    /// <summary>A task waits in the loop's queue. Any thread.</summary>
    void TaskWaits(EventLoop loop);

    /// <summary>The loop's thread waits, and has a continuation that it does not come to. Any thread; holds no lock.</summary>
    void ContinuationWaits(EventLoop loop);

    /// <summary>The loop has had nothing to do for long. Loop thread.</summary>
    void LoopUnused(EventLoop loop);

    /// <summary>
    /// The loop has nothing left to do and is closed. True: it ends, and takes nothing over from here on. False: it has taken
    /// something over just now. Loop thread.
    /// </summary>
    bool TryEnd(EventLoop loop);

    /// <summary>The loop's host failed; the loop takes no more tasks as soon as this returns. Loop thread.</summary>
    void LoopBroken(EventLoop loop);

    /// <summary>
    /// The loop is held by code that cannot be ended. The owner closes it and finds its tasks another place. Any thread.
    /// </summary>
    void LoopAbandoned(EventLoop loop);

    /// <summary>A task came to the queue of a loop that was given up, too late to be moved with the others. Any thread.</summary>
    void TaskStranded(EventLoop loop);

    /// <summary>
    /// The last task that had begun on a loop that was given up has ended, and all were told. Any thread; perhaps more than
    /// once.
    /// </summary>
    void AbandonedLoopEmpty(EventLoop loop);

    /// <summary>The loop's thread is about to end. That thread.</summary>
    void LoopEnded(EventLoop loop);
}
