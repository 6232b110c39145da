namespace AsyncExecutors;

/// <content>What has begun on the loop: the task whose code is on its thread, and those that wait for something.</content>
/// <remarks>
/// <para>
/// One timer watches the code that is on the thread, whichever that is: it is set for the earliest deadline it was told
/// of and looks, when it fires, at what is there then. So a task with a timeout that ends soon costs no timer. A task
/// that waits has a timer of its own.
/// </para>
/// <para>
/// <c>OnThread.Current</c> decides between code that comes back and the loop being given up: the thread takes its task out, or
/// <see cref="TryAbandon"/> replaces it with <c>Gone</c>; one of them is first.
/// </para>
/// </remarks>
public sealed partial class EventLoop
{
    private static readonly object Gone = new();

    private readonly object _watchGate = new();

    private readonly SuspendedTasks _suspended;
    private Exception? _failure;

    /// <summary>Guarded by <c>_watchGate</c>.</summary>
    private ITimer? _watch;

    /// <summary>The timestamp the watch is set for. Written under <c>_watchGate</c>, read without.</summary>
    private long _watchedUntil = long.MaxValue;

    /// <summary>
    /// True when all that was pending has been asked to end and the task was among it. One that was on its way then, from a
    /// queue to a thread or from a loop to another, was not found on either, and asks here.
    /// </summary>
    internal bool Stops(TaskInfo task) => _stops.Concern(task);

    /// <summary>The task's code is about to be called. Loop thread only; a full fence must follow.</summary>
    internal void EnterTask(TaskInfo task)
    {
        Volatile.Write(ref _onThread.Deadline, long.MaxValue);
        Volatile.Write(ref _onThread.IsAfterEnd, false);
        Volatile.Write(ref _onThread.Current, task);
        System.Threading.SynchronizationContext.SetSynchronizationContext(new TaskSynchronizationContext(task));
    }

    /// <summary>The code on the thread must have left it by then. Loop thread only, after that full fence.</summary>
    internal void WatchUntil(long deadline)
    {
        Volatile.Write(ref _onThread.Deadline, deadline);
        Interlocked.MemoryBarrier();
        if (deadline < Volatile.Read(ref _watchedUntil))
        {
            SetWatch(deadline);
        }
    }

    /// <summary>The code of the task that began in this turn has come back, and it is decided how the task ends.</summary>
    /// <param name="wasStopped">False when the task has ended by itself, and nobody has asked for it: nobody ever gives up such a one.</param>
    internal void LeaveTask(bool wasStopped)
    {
        if (wasStopped)
        {
            LeaveCode();
        }
        else
        {
            Volatile.Write(ref _onThread.Current, null);
        }
    }

    /// <summary>The code has come back. Loop thread only.</summary>
    internal void LeaveCode()
    {
        if (Interlocked.Exchange(ref _onThread.Current, null) == Gone)
        {
            _abandoned = true;
        }
    }

    /// <summary>The task's code goes on without the thread. Loop thread only; has a full fence behind it.</summary>
    internal SuspendedTasks.Place AddSuspended(TaskInfo task)
    {
        var place = _suspended.Add(task);
        if (Stops(task))
        {
            task.Stop();
        }

        return place;
    }

    /// <summary>What has begun here: what runs and what waits for something.</summary>
    internal IEnumerable<TaskInfo> Begun => Volatile.Read(ref _onThread.Current) is TaskInfo task ? Suspended.Prepend(task) : Suspended;

    /// <summary>Stops what waited for its turn when all was to be stopped. It stays in the queue, and is counted off when the loop comes to it.</summary>
    internal void StopQueued()
    {
        foreach (var task in _tasks)
        {
            if (Stops(task))
            {
                task.Stop();
            }
        }
    }

    /// <summary>
    /// True when other code keeps the task's from the thread: code that is to be given up if it does not end, or just was, that
    /// waits, or that has much to do.
    /// </summary>
    internal bool IsHeldFrom(TaskInfo task) => Volatile.Read(ref _onThread.Current) is { } other && other != task;

    /// <summary>
    /// Gives the loop up if the task's code holds its thread: what waits, for its turn or for something else, goes to other
    /// loops of the pool, and the thread ends by itself should the code ever return.
    /// </summary>
    /// <returns>False, without effect, when the task's code is not on the thread.</returns>
    internal bool TryAbandon(TaskInfo task)
    {
        if (Interlocked.CompareExchange(ref _onThread.Current, Gone, task) != task)
        {
            return false;
        }

        _abandoned = true;
        _owner.LoopAbandoned(this);
        _ended.TrySetResult();
        DrainElsewhere();
        return true;
    }

    /// <summary>A continuation is about to be called. Loop thread only.</summary>
    private void EnterCallback(LoopSynchronizationContext context)
    {
        var task = context.Task;
        Volatile.Write(ref _onThread.Deadline, long.MaxValue);
        Interlocked.Exchange(ref _onThread.Current, task);
        System.Threading.SynchronizationContext.SetSynchronizationContext(context);
        if (task?.IsToEnd != true)
        {
            return;
        }

        if (task.IsEndDecided)
        {
            // The task ended without its code, which now goes on: it may clean up, for as long as code may. (Who decided
            // so looked at the thread afterwards: either saw this code there, or is seen here.)
            Volatile.Write(ref _onThread.IsAfterEnd, true);
            WatchUntil(DeadlineAfter(Now(), GracePeriod));
        }
        else
        {
            task.NoteTurn();
        }
    }

    private void SetWatch(long deadline)
    {
        lock (_watchGate)
        {
            if (deadline >= _watchedUntil)
            {
                return;
            }

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
        lock (_watchGate)
        {
            if (_watch is null)
            {
                return;
            }

            // From here on code that is entered sets the watch itself; what was entered before is looked at below.
            Volatile.Write(ref _watchedUntil, long.MaxValue);
        }

        Interlocked.MemoryBarrier();
        var turn = Turn;

        // The task first: its deadline is no longer that of the item before by then.
        var task = Volatile.Read(ref _onThread.Current) as TaskInfo;
        var deadline = Volatile.Read(ref _onThread.Deadline);
        var isAfterEnd = Volatile.Read(ref _onThread.IsAfterEnd);
        if (task is null || deadline == long.MaxValue || turn != Turn)
        {
            return;
        }

        if (Due(deadline) > TimeSpan.Zero)
        {
            SetWatch(deadline);
        }
        else if (isAfterEnd)
        {
            TryAbandon(task);
        }
        else
        {
            task.RequestStop(AsyncTaskStatus.TimedOut);
        }
    }

    /// <summary>
    /// The time until then, for a timer; zero when it is over. Timers know whole milliseconds, so it is rounded up; they
    /// may fire a little early all the same.
    /// </summary>
    internal TimeSpan Due(long deadline)
    {
        var left = TimeProvider.GetElapsedTime(Now(), deadline);
        return left > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)) : TimeSpan.Zero;
    }

    internal long DeadlineAfter(long timestamp, TimeSpan time) =>
        timestamp + (long)(time.TotalSeconds * TimeProvider.TimestampFrequency);

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
