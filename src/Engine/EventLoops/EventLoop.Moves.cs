using System.Collections.Concurrent;

namespace AsyncExecutors;

/// <content>How tasks that have begun move from a loop that cannot go on with them to another.</content>
/// <remarks>
/// <para>
/// There are two such loops: one that was given up, and one whose code blocks for something (<see cref="EnterWait"/>), which
/// may be the very task that could go on there. A task moves while it waits; its continuations follow it.
/// </para>
/// <para>
/// Tasks of a loop that waits move only while its thread is in that wait (<c>BeingMoved</c> keeps it there), so that never
/// two threads run the code of one task.
/// </para>
/// </remarks>
public sealed partial class EventLoop
{
    /// <summary>In <c>_waiting</c>: the wait does not end yet.</summary>
    private const int BeingMoved = 1 << 30;

    /// <summary>Changed under <c>_watchGate</c>: those taken over from other loops; null for none.</summary>
    private SuspendedTasks? _adopted;

    /// <summary>Callbacks that were looked at while the loop waited, and are only for it: they come before the others. Null for none.</summary>
    private volatile ConcurrentQueue<Callback>? _kept;

    /// <summary>
    /// Callbacks of tasks that were taken over: they have waited on another loop before, and come before all that begins here. What
    /// is posted after the move is not among them: it could come again and again.
    /// </summary>
    private readonly ConcurrentQueue<Callback> _takenOver = new();

    /// <summary>True when some were kept while another task held the loop, which is aside now.</summary>
    private volatile bool _keptBefore;

    /// <summary>The <see cref="TaskInfo.Id"/> of the task that held the loop when callbacks were last kept; 0 for none.</summary>
    private long _keptFor;

    private long Holder => Volatile.Read(ref _onThread.Current) is TaskInfo task ? task.Id : 0;

    /// <summary>True while the loop waits and has continuations, of which some may be of tasks that can move.</summary>
    internal bool HoldsContinuations => IsWaiting && (_keptBefore || !_takenOver.IsEmpty || !_callbacks.IsEmpty);

    /// <summary>The tasks that could go on here if the loop did not wait.</summary>
    internal IEnumerable<TaskInfo> Held => IsWaiting
        ? (_kept ?? []).Concat(_takenOver).Concat(_callbacks).Select(static callback => callback.Context.Task).OfType<TaskInfo>().Where(IsAside)
        : [];

    private bool HasCallbacks => !_callbacks.IsEmpty || HasEarlierCallbacks;

    private bool HasEarlierCallbacks => !_takenOver.IsEmpty || _kept is { IsEmpty: false };

    /// <summary>What has begun on this loop, or on one that it has taken it over from, and waits for something.</summary>
    internal IEnumerable<TaskInfo> Suspended => Volatile.Read(ref _adopted) is { } adopted ? _suspended.All.Concat(adopted.All) : _suspended.All;

    /// <summary>Takes over a task that waits, from a loop that was given up or waits itself. Any thread, as long as this loop is in its pool's list.</summary>
    /// <returns>The task's place here, to be left when it goes on elsewhere or ends.</returns>
    internal SuspendedTasks.Place Adopt(TaskInfo task)
    {
        Interlocked.Increment(ref _given.Value);
        lock (_watchGate)
        {
            var adopted = _adopted ?? new SuspendedTasks(this);
            var place = adopted.Add(task);
            Volatile.Write(ref _adopted, adopted);
            return place;
        }
    }

    /// <summary>Nothing is pending, so nothing waits. Loop thread only.</summary>
    private void ForgetSuspended()
    {
        _suspended.Clear();
        if (Volatile.Read(ref _adopted) is not null)
        {
            lock (_watchGate)
            {
                if (PendingCount == 0)
                {
                    Volatile.Write(ref _adopted, null);
                }
            }
        }
    }

    /// <summary>
    /// While the loop waits: the tasks that could go on here go on on other loops. Under the pool's lock.
    /// </summary>
    /// <param name="heir">Gives another loop.</param>
    /// <param name="stopped">Gets those that a stop of all that is pending may have missed on their way.</param>
    internal void MoveHeld(Func<EventLoop> heir, List<TaskInfo> stopped)
    {
        if (!TryKeepWaiting())
        {
            return;
        }

        if (_keptBefore)
        {
            _keptBefore = false;
            MoveFrom(_kept!, heir, stopped);
        }

        MoveFrom(_takenOver, heir, stopped);
        MoveFrom(_callbacks, heir, stopped);
        _keptFor = Holder;
        Interlocked.And(ref _waiting, ~BeingMoved);
    }

    private void MoveFrom(ConcurrentQueue<Callback> callbacks, Func<EventLoop> heir, List<TaskInfo> stopped)
    {
        // No more than there are now: what comes meanwhile is for the next time.
        for (var left = callbacks.Count; left > 0 && callbacks.TryDequeue(out var callback); left--)
        {
            if (callback.Context.Task is { } task && IsAside(task) && task.TryMove(this, heir()) && Stops(task))
            {
                stopped.Add(task);
            }

            if (HasMoved(callback))
            {
                RunElsewhere(callback, hasWaited: true);
            }
            else
            {
                (_kept ??= new ConcurrentQueue<Callback>()).Enqueue(callback);
            }
        }
    }

    /// <summary>The wait is over. Loop thread only.</summary>
    internal void ExitWait()
    {
        int waiting;
        do
        {
            while (((waiting = Volatile.Read(ref _waiting)) & BeingMoved) != 0)
            {
                Thread.Yield();
            }
        }
        while (Interlocked.CompareExchange(ref _waiting, waiting - 1, waiting) != waiting);
    }

    private bool TryKeepWaiting()
    {
        int waiting;
        while ((waiting = Volatile.Read(ref _waiting)) != 0)
        {
            if (Interlocked.CompareExchange(ref _waiting, waiting | BeingMoved, waiting) == waiting)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>False for the task whose code is what holds the thread.</summary>
    private bool IsAside(TaskInfo task) => Volatile.Read(ref _onThread.Current) != task;

    private bool HasMoved(in Callback callback) => callback.Context.Task is { } task && task.EventLoop != this;

    /// <summary>Takes the callback that has waited longest. The loop's thread, or whoever finds the loop's callbacks another place.</summary>
    private bool TryTakeCallback(out Callback callback) =>
        (_kept is { } kept && kept.TryDequeue(out callback)) || _takenOver.TryDequeue(out callback) || _callbacks.TryDequeue(out callback);
}
