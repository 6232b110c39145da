namespace AsyncExecutors;

/// <summary>What a loop asks of the pool it belongs to.</summary>
internal interface ILoopOwner
{
    /// <summary>A task for a loop that has nothing to do; null when no other loop has one to spare. Loop thread.</summary>
    TaskInfo? TakeFor(EventLoop idle);

    /// <summary>A task waits in the loop's queue while the loop is held. Any thread.</summary>
    void TaskWaits(EventLoop loop);

    /// <summary>The last of the loop's pending tasks has ended. Any thread.</summary>
    void LoopIdle(EventLoop loop);

    /// <summary>The loop has had nothing to do for long. Loop thread.</summary>
    void LoopUnused(EventLoop loop);

    /// <summary>The loop is held by code that cannot be ended, and runs no more tasks. Any thread.</summary>
    void LoopAbandoned(EventLoop loop);

    /// <summary>The loop's thread is about to end. That thread.</summary>
    void LoopEnded(EventLoop loop);
}
