namespace AsyncExecutors;

/// <content>The way from pending to one end, and the races on it.</content>
/// <remarks>
/// <c>_phase</c> only grows. Whoever moves it to <c>PhaseEnded</c> makes the result; everyone else leaves without
/// effect. <c>_stopReason</c> is set once, by the first of timeout and stop, and decides the status of a task that was
/// running then, however its code ends.
/// </remarks>
public abstract partial class TaskInfo
{
    private const int PhasePending = 0;
    private const int PhaseRunning = 1;
    private const int PhaseEnded = 2;

    private int _phase;
    private int _stopReason;
    private TaskResult? _result;
    private CancellationTokenRegistration _cancellation;

    /// <summary>The timer of a waiting task's timeout, later that of the grace period. Replaced, never shared.</summary>
    private ITimer? _timer;

    /// <summary>True once a timeout or a stop has been asked for.</summary>
    protected bool IsStopRequested => Volatile.Read(ref _stopReason) != 0;

    /// <summary>
    /// Stops the task. A pending one ends at once; a running one is asked to end, and ends without its code when that
    /// does not follow within the grace period. Does not wait. A task that has ended stays as it is.
    /// </summary>
    /// <returns>True when this call is what ends the task, false when it had ended or was already ending.</returns>
    public bool Stop() => RequestStop(AsyncTaskStatus.Stopped);

    /// <summary>True once the task's code has gone on without the loop's thread.</summary>
    internal bool WasSuspended { get; private set; }

    /// <summary>When the task must have ended, as a timestamp of the loop's clock; <see cref="long.MaxValue"/> for never.</summary>
    internal long Deadline { get; private set; } = long.MaxValue;

    /// <summary>Lets a token stop the task. Called before the task is given to a loop.</summary>
    internal void StopWhen(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(static task => ((TaskInfo)task!).Stop(), this);
        }
    }

    /// <summary>Begins the task. Loop thread only.</summary>
    /// <returns>False, without effect, when the task was stopped before it began.</returns>
    internal bool Start(EventLoop loop)
    {
        // First the loop, then the phase: who sees a running task sees the loop it runs on.
        EventLoop = loop;
        if (Interlocked.CompareExchange(ref _phase, PhaseRunning, PhasePending) != PhasePending)
        {
            return false;
        }

        _startTimestamp = loop.TimeProvider.GetTimestamp();
        if (_timeout != System.Threading.Timeout.InfiniteTimeSpan)
        {
            Deadline = _startTimestamp + (long)(_timeout.TotalSeconds * loop.TimeProvider.TimestampFrequency);
        }

        loop.WatchCurrent(this);
        Task? body = null;
        try
        {
            body = OnStart();
        }
        catch (Exception exception)
        {
            loop.WatchCurrent(null);
            End(exception, null);
            return true;
        }

        loop.WatchCurrent(null);
        if (body is null || body.IsCompleted)
        {
            End(body);
        }
        else
        {
            Suspend(body, loop);
        }

        return true;
    }

    /// <summary>Asks for an end. Any thread.</summary>
    /// <param name="reason"><see cref="AsyncTaskStatus.Stopped"/> or <see cref="AsyncTaskStatus.TimedOut"/>.</param>
    /// <returns>True when this was the first request and the task had not ended.</returns>
    internal bool RequestStop(AsyncTaskStatus reason)
    {
        if (Interlocked.CompareExchange(ref _stopReason, (int)reason, 0) != 0)
        {
            return false;
        }

        if (Interlocked.CompareExchange(ref _phase, PhaseEnded, PhasePending) == PhasePending)
        {
            // Its loop counts it off when it comes to it.
            Conclude(reason, StopException(reason), null, null);
            return true;
        }

        if (Volatile.Read(ref _phase) == PhaseEnded)
        {
            return false;
        }

        var loop = EventLoop!;
        SetTimer(loop.TimeProvider.CreateTimer(static task => ((TaskInfo)task!).EndWithoutItsCode(), this, loop.GracePeriod, System.Threading.Timeout.InfiniteTimeSpan));
        OnStop();
        return true;
    }

    /// <summary>Ends a task whose loop is gone, so that it is not lost. Any thread.</summary>
    internal void Fail(Exception exception) => End(exception, null);

    /// <summary>The exception that stands for an end that is not the code's own.</summary>
    protected virtual Exception StopException(AsyncTaskStatus reason) => reason == AsyncTaskStatus.TimedOut
        ? new TimeoutException($"{Name} did not end within {Seconds(_timeout)}.")
        : new OperationCanceledException($"{Name} was stopped.");

    /// <summary>A time as people write it.</summary>
    protected static string Seconds(TimeSpan time) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");

    private void Suspend(Task body, EventLoop loop)
    {
        WasSuspended = true;
        loop.AddSuspended(this);
        if (Volatile.Read(ref _phase) == PhaseEnded)
        {
            // Ended without its code meanwhile, and so perhaps looked for before it was there.
            loop.RemoveSuspended(this);
        }

        if (_timeout != System.Threading.Timeout.InfiniteTimeSpan && !IsStopRequested)
        {
            var left = _timeout - loop.TimeProvider.GetElapsedTime(_startTimestamp);
            SetTimer(loop.TimeProvider.CreateTimer(
                static task => ((TaskInfo)task!).RequestStop(AsyncTaskStatus.TimedOut),
                this,
                left > TimeSpan.Zero ? left : TimeSpan.Zero,
                System.Threading.Timeout.InfiniteTimeSpan));
        }

        // Not back to the loop: ending needs no loop thread, and the loop may be held or gone by then.
        body.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => End(body));
    }

    private void End(Task? body) => End(ExceptionOf(body), body);

    private void End(Exception? exception, Task? body)
    {
        var phase = Interlocked.Exchange(ref _phase, PhaseEnded);
        if (phase == PhaseEnded)
        {
            return;
        }

        var loop = phase == PhaseRunning ? EventLoop : null;
        var reason = (AsyncTaskStatus)Volatile.Read(ref _stopReason);
        if (reason != 0)
        {
            Conclude(reason, StopException(reason), body, loop);
        }
        else
        {
            Conclude(exception is null ? AsyncTaskStatus.Succeeded : AsyncTaskStatus.Failed, exception, body, loop);
        }
    }

    /// <summary>The grace period is over.</summary>
    private void EndWithoutItsCode()
    {
        if (Interlocked.Exchange(ref _phase, PhaseEnded) == PhaseEnded)
        {
            return;
        }

        var reason = (AsyncTaskStatus)Volatile.Read(ref _stopReason);
        var loop = EventLoop!;
        var holdsItsThread = loop.IsHeldBy(this);
        var status = reason == AsyncTaskStatus.Stopped && holdsItsThread ? AsyncTaskStatus.Abandoned : reason;
        Conclude(status, StopException(reason), null, loop);
        if (holdsItsThread)
        {
            loop.Abandon();
        }
    }

    /// <summary>
    /// The one place where a task ends. Reached once: the caller has moved the phase. The loop is the one on which the
    /// task had begun; null when it had not.
    /// </summary>
    private void Conclude(AsyncTaskStatus status, Exception? exception, Task? body, EventLoop? loop)
    {
        Interlocked.Exchange(ref _timer, null)?.Dispose();
        _cancellation.Dispose();
        TaskResult result;
        try
        {
            result = CreateResult(status, exception, body);
        }
        catch (Exception failure)
        {
            result = new TaskResult(AsyncTaskStatus.Failed, null, failure);
        }

        Complete(result, loop);
        loop?.TaskEnded(this);
        OnEnded();
        _observer?.OnEnded(this, result);
    }

    private void SetTimer(ITimer timer)
    {
        Interlocked.Exchange(ref _timer, timer)?.Dispose();
        if (Volatile.Read(ref _phase) == PhaseEnded)
        {
            // Ended meanwhile: the end may have looked for a timer before this one was there.
            Interlocked.Exchange(ref _timer, null)?.Dispose();
        }
    }

    private static Exception? ExceptionOf(Task? body)
    {
        if (body is null || body.IsCompletedSuccessfully)
        {
            return null;
        }

        return body.Exception is { } all
            ? all.InnerExceptions.Count == 1 ? all.InnerExceptions[0] : all
            : new TaskCanceledException(body);
    }
}
