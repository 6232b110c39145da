namespace AsyncExecutors;

/// <content>How a task is asked to end, by a stop or a timeout, and ends without its code when that takes too long.</content>
/// <remarks>
/// Asking has two steps: it is noted in <c>_state</c>, which decides how the task ends, and then the code is asked. Of many
/// tasks it is noted of all before the code of any is asked.
/// </remarks>
public abstract partial class TaskInfo
{
    /// <summary>True once a timeout or a stop has been asked for, of the task or of all that is pending in its pool.</summary>
    protected bool IsStopRequested => (Volatile.Read(ref _state) & (StopAsked | TimeIsOver)) != 0 || EventLoop?.Stops(this) == true;

    /// <summary>
    /// Stops the task. A pending one ends at once; a running one is asked to end, and ends without its code when that
    /// does not follow within the grace period. Does not wait. A task that has ended stays as it is.
    /// </summary>
    /// <returns>True when this call is what ends the task, false when it had ended or was already ending.</returns>
    public bool Stop() => RequestStop(AsyncTaskStatus.Stopped);

    /// <summary>True for a task that has ended, or was asked to.</summary>
    internal bool IsToEnd => (Volatile.Read(ref _state) & (Ended | StopAsked | TimeIsOver)) != 0;

    /// <summary>The code begins, or goes on. If it was asked to end before, no other code keeps it from that.</summary>
    internal void NoteTurn()
    {
        if (Volatile.Read(ref _asides) is { } asides && Volatile.Read(ref asides.LastGraceEnd) != 0)
        {
            Volatile.Write(ref asides.HadTurn, true);
        }
    }

    /// <summary>Asks for an end. Any thread.</summary>
    /// <param name="reason"><see cref="AsyncTaskStatus.Stopped"/> or <see cref="AsyncTaskStatus.TimedOut"/>.</param>
    /// <returns>True when this was the first request and the task had not ended.</returns>
    internal bool RequestStop(AsyncTaskStatus reason)
    {
        if (!TryAsk(reason, alsoPending: true, out var state))
        {
            return false;
        }

        if (state == Pending)
        {
            Conclude(reason, StopException(reason), null, null);
            CountOffWhenBoth(Told, TurnCame);
        }
        else
        {
            AskCode();
        }

        return true;
    }

    /// <summary>
    /// Asks all of them for an end. Any thread. Of all that have begun it is noted before the first one can end: a task that
    /// waits for another must not take that one's stop for an answer, and end well.
    /// </summary>
    /// <param name="tasks">The tasks.</param>
    /// <param name="reason">As in <see cref="RequestStop"/>.</param>
    internal static void RequestStopOfAll(IReadOnlyCollection<TaskInfo> tasks, AsyncTaskStatus reason)
    {
        var asked = tasks.Where(task => task.TryAsk(reason, alsoPending: false, out _)).ToArray();
        Array.ForEach(asked, static task => task.AskCode());
        foreach (var task in tasks)
        {
            task.RequestStop(reason);
        }
    }

    /// <summary>Notes why the task is to end, if nobody has before; of one that has not begun only when wanted, and as its end.</summary>
    private bool TryAsk(AsyncTaskStatus reason, bool alsoPending, out int state)
    {
        var asked = reason == AsyncTaskStatus.TimedOut ? TimeIsOver : StopAsked;
        do
        {
            state = Volatile.Read(ref _state);
            if ((state & (Ended | StopAsked | TimeIsOver)) != 0 || (state == Pending && !alsoPending))
            {
                return false;
            }
        }
        while (Interlocked.CompareExchange(ref _state, state | asked | (state == Pending ? Ended : 0), state) != state);

        return true;
    }

    /// <summary>Asks the code to end, which has as long as the grace period to do so. Once.</summary>
    private void AskCode()
    {
        var loop = EventLoop!;
        Volatile.Write(ref Asides.LastGraceEnd, loop.DeadlineAfter(loop.Now(), loop.GracePeriod * 2));
        SetTimer(
            ref Asides.GraceTimer,
            loop.TimeProvider.CreateTimer(static task => ((TaskInfo)task!).OnGraceOver(), this, loop.GracePeriod, System.Threading.Timeout.InfiniteTimeSpan));
        try
        {
            OnStop();
        }
        catch (Exception exception)
        {
            // The grace period ends the task all the same.
            loop.Report(exception);
        }
    }

    /// <summary>The exception that stands for an end that is not the code's own.</summary>
    protected virtual Exception StopException(AsyncTaskStatus reason) => reason == AsyncTaskStatus.TimedOut
        ? new TimeoutException(PassedTimeLimit is { } limit
            ? $"{Title} did not end within {Seconds(limit)}."
            : $"{Title} had not ended when the time of the whole call was over.")
        : new OperationCanceledException($"{Title} was stopped.");

    /// <summary>What the task is called in messages; its name unless there is more to say.</summary>
    protected virtual string Title => Name;

    /// <summary>A time as people write it.</summary>
    protected static string Seconds(TimeSpan time) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");

    private static AsyncTaskStatus ReasonOf(int state) => (state & TimeIsOver) != 0
        ? AsyncTaskStatus.TimedOut
        : (state & StopAsked) != 0 ? AsyncTaskStatus.Stopped : AsyncTaskStatus.Pending;

    /// <summary>The grace period is over.</summary>
    private void OnGraceOver()
    {
        // The loop first: one that has taken the task over comes with more time.
        var loop = EventLoop!;
        var asides = Asides;
        if (loop.IsHeldFrom(this))
        {
            ExtendGrace(asides, loop);
        }

        var left = loop.Due(Volatile.Read(ref asides.GraceEnd));
        if (left == TimeSpan.Zero || asides.GraceTimer?.Change(left, System.Threading.Timeout.InfiniteTimeSpan) != true)
        {
            EndWithoutItsCode();
        }
    }

    /// <summary>
    /// Other code has kept the thread from this task's ever since that was asked to end: it could not, and its finally blocks could
    /// not run. It has the time anew, here or on the loop that takes it over; as that one may wait before the code has its turn there,
    /// on each, but not for ever. Code that has had a turn since has had its time.
    /// </summary>
    private static void ExtendGrace(Aside asides, EventLoop loop)
    {
        // Whose code was not asked yet has all its time from then on.
        if (Volatile.Read(ref asides.LastGraceEnd) is not 0 and var last && !Volatile.Read(ref asides.HadTurn))
        {
            Volatile.Write(ref asides.GraceEnd, Math.Min(last, loop.DeadlineAfter(loop.Now(), loop.GracePeriod)));
        }
    }

    /// <summary>The code has not ended in time. If it has the thread, its loop is given up.</summary>
    private void EndWithoutItsCode()
    {
        var state = DecideEnd();
        if ((state & Ended) != 0)
        {
            return;
        }

        var loop = EventLoop!;
        var reason = ReasonOf(state);
        var abandoned = loop.TryAbandon(this);
        var status = abandoned && reason == AsyncTaskStatus.Stopped ? AsyncTaskStatus.Abandoned : reason;
        Conclude(status, StopException(reason), null, loop);
    }
}
