namespace AsyncExecutors;

/// <summary>Where a task stands. The last five are ends: a task reaches exactly one of them, once.</summary>
public enum AsyncTaskStatus
{
    /// <summary>The task waits for its turn; none of its code has run.</summary>
    Pending,

    /// <summary>The task has begun and not ended. It may be running on its loop's thread or waiting for something.</summary>
    Running,

    /// <summary>The task ended by itself, without an exception.</summary>
    Succeeded,

    /// <summary>The task ended with an exception of its own.</summary>
    Failed,

    /// <summary>The task was ended because its time was over.</summary>
    TimedOut,

    /// <summary>The task was stopped, before it began or while it ran.</summary>
    Stopped,

    /// <summary>
    /// The task was stopped but its code kept its thread past the grace period. The code may still be running; what it
    /// does from here on reaches nobody.
    /// </summary>
    Abandoned,
}
