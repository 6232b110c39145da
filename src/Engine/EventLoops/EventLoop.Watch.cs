namespace AsyncExecutors;

/// <content>What has begun on the loop: the task on its thread, and those that wait for something.</content>
/// <remarks>
/// One timer watches the task that is on the thread, whichever that is: it is set for the earliest deadline it was told
/// of and looks, when it fires, at the task that is there then. So a task with a timeout that ends soon costs no timer.
/// A task that waits has a timer of its own.
/// </remarks>
public sealed partial class EventLoop
{
    private readonly object _watchGate = new();
    private readonly HashSet<TaskInfo> _suspended = [];
    private Exception? _failure;
    private TaskInfo? _current;

    /// <summary>Guarded by <c>_watchGate</c>.</summary>
    private ITimer? _watch;

    /// <summary>The timestamp the watch is set for. Written under <c>_watchGate</c>, read without.</summary>
    private long _watchedUntil = long.MaxValue;

    /// <summary>True when the task is on the loop's thread.</summary>
    internal bool IsHeldBy(TaskInfo task) => Volatile.Read(ref _current) == task;

    /// <summary>Says which task is on the thread now. Loop thread only.</summary>
    internal void WatchCurrent(TaskInfo? task)
    {
        Volatile.Write(ref _current, task);
        if (task is not null && task.Deadline < Volatile.Read(ref _watchedUntil))
        {
            SetWatch(task.Deadline);
        }
    }

    /// <summary>The task's code goes on without the thread.</summary>
    internal void AddSuspended(TaskInfo task)
    {
        lock (_watchGate)
        {
            _suspended.Add(task);
        }

        if (_broken)
        {
            task.Fail(_failure!);
        }
    }

    /// <summary>Stops all that is pending here: what waits for its turn, what runs and what waits for something.</summary>
    internal void StopAll()
    {
        // Stopped ones stay in the queue, and are counted off when the loop comes to them.
        foreach (var task in _tasks)
        {
            task.Stop();
        }

        foreach (var task in Suspended())
        {
            task.Stop();
        }

        Volatile.Read(ref _current)?.Stop();
    }

    internal void RemoveSuspended(TaskInfo task)
    {
        if (!task.WasSuspended)
        {
            return;
        }

        lock (_watchGate)
        {
            _suspended.Remove(task);
        }
    }

    private TaskInfo[] Suspended()
    {
        lock (_watchGate)
        {
            return [.. _suspended];
        }
    }

    private void SetWatch(long deadline)
    {
        lock (_watchGate)
        {
            Volatile.Write(ref _watchedUntil, deadline);
            var due = Due(deadline);
            if (_watch is null)
            {
                _watch = TimeProvider.CreateTimer(static loop => ((EventLoop)loop!).OnWatch(), this, due, Timeout.InfiniteTimeSpan);
            }
            else
            {
                _watch.Change(due, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void OnWatch()
    {
        // From here on a task that begins sets the watch itself; what began before is looked at below.
        Interlocked.Exchange(ref _watchedUntil, long.MaxValue);
        if (Volatile.Read(ref _current) is not { } task || task.Deadline == long.MaxValue)
        {
            return;
        }

        if (Due(task.Deadline) == TimeSpan.Zero)
        {
            task.RequestStop(AsyncTaskStatus.TimedOut);
        }
        else
        {
            SetWatch(task.Deadline);
        }
    }

    private TimeSpan Due(long deadline)
    {
        // Timers know whole milliseconds; rounded up, so that none fires before its time.
        var left = TimeProvider.GetElapsedTime(TimeProvider.GetTimestamp(), deadline);
        return left > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)) : TimeSpan.Zero;
    }

    private void DisposeWatch()
    {
        lock (_watchGate)
        {
            _watch?.Dispose();
            _watch = null;
            _watchedUntil = long.MinValue;
        }
    }
}
