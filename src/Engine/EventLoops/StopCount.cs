namespace AsyncExecutors;

/// <summary>The stops of all that was pending in a pool, so that a task can tell whether it was submitted before the last one.</summary>
/// <remarks>Thread safety: all members may be used from any thread.</remarks>
internal sealed class StopCount
{
    private int _count;

    /// <summary>How many there were.</summary>
    internal int Count => Volatile.Read(ref _count);

    /// <summary>From now on all tasks that were submitted before are concerned. A full fence.</summary>
    internal void Add() => Interlocked.Increment(ref _count);

    /// <summary>True when the task was submitted before the last stop.</summary>
    internal bool Concern(TaskInfo task) => task.SubmittedAt < Count;
}
