namespace AsyncExecutors;

/// <content>The way from pending to one end, and the races on it.</content>
/// <remarks>
/// <c>_state</c> is one word, so that every race has one winner. Bits are only ever added, but for <c>Moving</c>. Whoever
/// adds <c>Ended</c> makes the result; everyone else leaves without effect. The reason for a stop is added once, by the first
/// of timeout and stop, and decides the status of a task that was running then, however its code ends.
/// </remarks>
public abstract partial class TaskInfo
{
    private const int Pending = 0;
    private const int Running = 1;
    private const int Ended = 2;
    private const int StopAsked = 4;
    private const int TimeIsOver = 8;

    /// <summary>Ended before it began, and everybody has been told.</summary>
    private const int Told = 16;

    /// <summary>Ended before it began, and its loop has come to it.</summary>
    private const int TurnCame = 32;

    /// <summary>Another loop is taking the task over: whoever ends it waits until it is clear whose it is.</summary>
    private const int Moving = 64;

    private int _state;

    /// <summary>True once a timeout or a stop has been asked for, of the task or of all that is pending in its pool.</summary>
    protected bool IsStopRequested => (Volatile.Read(ref _state) & (StopAsked | TimeIsOver)) != 0 || EventLoop?.Stops(this) == true;

    /// <summary>
    /// Stops the task. A pending one ends at once; a running one is asked to end, and ends without its code when that
    /// does not follow within the grace period. Does not wait. A task that has ended stays as it is.
    /// </summary>
    /// <returns>True when this call is what ends the task, false when it had ended or was already ending.</returns>
    public bool Stop() => RequestStop(AsyncTaskStatus.Stopped);

    /// <summary>True as soon as it is decided how the task ends, which is before <see cref="HasEnded"/>.</summary>
    internal bool IsEndDecided => (Volatile.Read(ref _state) & Ended) != 0;

    /// <summary>True for a task that has ended, or was asked to.</summary>
    internal bool IsToEnd => (Volatile.Read(ref _state) & (Ended | StopAsked | TimeIsOver)) != 0;

    /// <summary>The pool's count of stops when the task came into a queue.</summary>
    internal long SubmittedAt { get; set; }

    /// <summary>Begins the task, unless it was stopped before. Loop thread only.</summary>
    internal void Start(EventLoop loop)
    {
        // First the loop, then the state: who sees a running task sees the loop it runs on, and it on the loop.
        if (EventLoop != loop)
        {
            EventLoop = loop;
        }

        BeforeStart();
        loop.EnterTask(this);
        if (Interlocked.CompareExchange(ref _state, Running, Pending) != Pending)
        {
            loop.LeaveCode();
            CountOffWhenBoth(TurnCame, Told);
            return;
        }

        _startTimestamp = loop.ItemStart();
        WatchTimeLimit(loop);

        if (loop.Stops(this))
        {
            Stop();
        }

        Task? body = null;
        Exception? exception = null;
        try
        {
            body = OnStart();
        }
        catch (Exception thrown)
        {
            exception = thrown;
        }

        if (body is null || body.IsCompleted)
        {
            End(exception ?? ExceptionOf(body), body, loop);
        }
        else
        {
            loop.LeaveCode();
            Suspend(body, loop);
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

    /// <summary>
    /// Another loop takes the task over, whose code waits and could not go on where it is. One thread at a time, under the
    /// pool's lock.
    /// </summary>
    /// <returns>False, without effect, when it is decided how the task ends, or when it is no longer there.</returns>
    internal bool TryMove(EventLoop from, EventLoop to)
    {
        if (EventLoop != from)
        {
            return false;
        }

        int state;
        do
        {
            state = Volatile.Read(ref _state);
            if ((state & Ended) != 0)
            {
                return false;
            }
        }
        while (Interlocked.CompareExchange(ref _state, state | Moving, state) != state);

        var asides = Asides;
        (asides.Adopted ?? asides).Task = null;
        to.Adopt(this, asides.Adopted = new SuspendedTasks.Place());
        if (IsStopRequested)
        {
            ExtendGrace(asides, to);
        }

        EventLoop = to;
        Interlocked.And(ref _state, ~Moving);
        from.CountOff();
        return true;
    }

    /// <summary>Ends a task whose loop is gone, so that it is not lost. Any thread.</summary>
    internal void Fail(Exception exception) => End(exception, null);

    /// <summary>
    /// Runs what the loop must do before it can do the task's work, as part of it: a stop asks it to end too. The task's
    /// time begins anew afterwards, and does not run out meanwhile. To be called in <see cref="OnStart"/>.
    /// </summary>
    protected void Prepare(Action preparation)
    {
        ArgumentNullException.ThrowIfNull(preparation);
        var loop = EventLoop!;
        loop.WatchUntil(long.MaxValue);
        preparation();
        _startTimestamp = loop.TimeProvider.GetTimestamp();
        WatchTimeLimit(loop);
    }

    /// <summary>The task's time begins.</summary>
    private void WatchTimeLimit(EventLoop loop)
    {
        if (TimeLimit is { } limit)
        {
            loop.WatchUntil(Asides.Deadline = loop.DeadlineAfter(_startTimestamp, limit));
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

    /// <summary>The code has ended by itself.</summary>
    /// <param name="exception">Why it did not succeed.</param>
    /// <param name="body">What it returned.</param>
    /// <param name="onThread">The loop, in the turn that began the task: its thread is left here. Null at any other time.</param>
    private void End(Exception? exception, Task? body, EventLoop? onThread = null)
    {
        var state = DecideEnd();
        onThread?.LeaveTask(wasStopped: (state & (Ended | StopAsked | TimeIsOver)) != 0);
        if ((state & Ended) != 0)
        {
            return;
        }

        // When all is stopped, what ends from then on was stopped, also what is not reached yet: it may have waited for another
        // task that was, and must not take that for an answer and end well.
        var status = ReasonOf(state);
        if (status == AsyncTaskStatus.Pending && (state & Running) != 0 && EventLoop!.Stops(this))
        {
            status = AsyncTaskStatus.Stopped;
        }

        if (status != AsyncTaskStatus.Pending)
        {
            exception = StopException(status);
        }
        else
        {
            status = exception is null ? AsyncTaskStatus.Succeeded : AsyncTaskStatus.Failed;
        }

        Conclude(status, exception, body, (state & Running) != 0 ? EventLoop : null, onThread is not null);
    }

    /// <summary>Adds <c>Ended</c>.</summary>
    /// <returns>The state before.</returns>
    private int DecideEnd()
    {
        var state = Interlocked.Or(ref _state, Ended);
        if ((state & Moving) != 0)
        {
            var spin = default(SpinWait);
            while ((Volatile.Read(ref _state) & Moving) != 0)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }
        }

        return state;
    }

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
    /// Other code that was asked to end, and did not, or that waits, has kept the thread from this task's: that could not end,
    /// and its finally blocks could not run. It has the time anew, once, on the loop that takes it over.
    /// </summary>
    private static void ExtendGrace(Aside asides, EventLoop loop)
    {
        if (Volatile.Read(ref asides.GraceEnd) == 0)
        {
            Volatile.Write(ref asides.GraceEnd, loop.DeadlineAfter(loop.TimeProvider.GetTimestamp(), loop.GracePeriod));
        }
    }

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

    /// <summary>
    /// The one place where a task ends. Reached once: the caller has added <c>Ended</c>. The loop is the one on which
    /// the task had begun; null when it had not.
    /// </summary>
    private void Conclude(AsyncTaskStatus status, Exception? exception, Task? body, EventLoop? loop, bool isOnLoop = false)
    {
        Volatile.Read(ref _asides)?.Drop();
        Complete(status, status == AsyncTaskStatus.Succeeded ? body : exception, loop, isOnLoop);
        var keepsLoop = false;
        var observer = _observer;
        if (loop is null)
        {
            // A full fence: who looks at the result from here on must not miss a future that was asked for before it was
            // there. And one that has not begun may end while it gets or loses its observer.
            observer = Interlocked.Exchange(ref _observer, null);
        }
        else
        {
            // Has a full fence too, in its count.
            keepsLoop = loop.TaskEnded(isOnLoop);
        }

        try
        {
            OnEnded();
            observer?.OnEnded(this, Result!);
        }
        catch (Exception failure)
        {
            loop?.Report(failure);
        }

        if (keepsLoop)
        {
            loop!.EndTold();
        }
    }

    /// <summary>
    /// A task that ends before it begins is counted off by the later of two: who ended it, when all have been told, and
    /// its loop, when it comes to it.
    /// </summary>
    private void CountOffWhenBoth(int mine, int others)
    {
        if ((Interlocked.Or(ref _state, mine) & others) != 0)
        {
            EventLoop!.CountOff();
        }
    }

    private static Exception? ExceptionOf(Task? body)
    {
        if (body is null || body.IsCompletedSuccessfully)
        {
            return null;
        }

        if (body.Exception is { } all)
        {
            return all.InnerExceptions.Count == 1 ? all.InnerExceptions[0] : all;
        }

        try
        {
            // Only so does a cancelled task give away the exception that cancelled it.
            body.GetAwaiter().GetResult();
            return null;
        }
        catch (OperationCanceledException exception)
        {
            return exception;
        }
    }
}
