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

    /// <summary>True as soon as it is decided how the task ends, which is before <see cref="HasEnded"/>.</summary>
    internal bool IsEndDecided => (Volatile.Read(ref _state) & Ended) != 0;

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

        NoteTurn();
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
        if (asides.Adopted is { } before)
        {
            before.Task = null;
        }

        asides.Adopted = to.Adopt(this);
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
        _startTimestamp = loop.Now();
        WatchTimeLimit(loop);
    }

    /// <summary>The task's time begins.</summary>
    private void WatchTimeLimit(EventLoop loop)
    {
        if (HasTimeLimit)
        {
            loop.WatchUntil(loop.DeadlineAfter(_startTimestamp, _timeLimit));
        }
    }

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

    /// <summary>
    /// The one place where a task ends. Reached once: the caller has added <c>Ended</c>. The loop is the one on which
    /// the task had begun; null when it had not.
    /// </summary>
    private void Conclude(AsyncTaskStatus status, Exception? exception, Task? body, EventLoop? loop, bool isOnLoop = false)
    {
        Volatile.Read(ref _asides)?.Drop();
        var hasFuture = Complete(status, status == AsyncTaskStatus.Succeeded ? body : exception, loop, isOnLoop);
        var keepsLoop = false;
        var observer = _observer;
        if (loop is null)
        {
            // One that has not begun may end while it gets or loses its observer.
            observer = Interlocked.Exchange(ref _observer, null);
        }

        try
        {
            keepsLoop = loop?.TaskEnded(isOnLoop) == true;
        }
        finally
        {
            // Also when the thread is interrupted in there.
            if (hasFuture)
            {
                EndFuture();
            }
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
