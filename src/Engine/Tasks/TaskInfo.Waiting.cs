namespace AsyncExecutors;

/// <content>What only some tasks have: a name, a token, a wait for something, a stop while they run.</content>
public abstract partial class TaskInfo
{
    private Aside? _asides;

    /// <summary>The time limit if that is over; null when it is not, or there is none. A whole group may have one, too.</summary>
    private TimeSpan? PassedTimeLimit =>
        TimeLimit is { } limit && _startTimestamp != 0 && TimeLeft(EventLoop!) == TimeSpan.Zero ? limit : null;

    /// <summary>Lets a token stop the task. Called before the task is given to a loop.</summary>
    internal void StopWhen(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            Asides.Cancellation = cancellationToken.UnsafeRegister(static task => ((TaskInfo)task!).Stop(), this);
        }
    }

    /// <summary>The task was refused: it will not begin, and no token keeps it.</summary>
    internal void Forget() => _asides?.Cancellation.Unregister();

    /// <summary>Made when first needed, by whichever thread.</summary>
    private Aside Asides
    {
        get
        {
            if (Volatile.Read(ref _asides) is { } asides)
            {
                return asides;
            }

            var made = new Aside();
            return Interlocked.CompareExchange(ref _asides, made, null) ?? made;
        }
    }

    /// <summary>The time until a task that has begun, and has a limit, reaches it; zero when it has.</summary>
    private TimeSpan TimeLeft(EventLoop loop) => loop.Due(loop.DeadlineAfter(_startTimestamp, _timeLimit));

    private void Suspend(Task body, EventLoop loop)
    {
        var place = loop.AddSuspended(this);
        if (HasTimeLimit && !IsStopRequested)
        {
            SetTimer(
                ref Asides.TimeoutTimer,
                loop.TimeProvider.CreateTimer(
                    static task => ((TaskInfo)task!).OnTimeout(), this, TimeLeft(loop), System.Threading.Timeout.InfiniteTimeSpan));
        }

        // On the thread that ends the code, whichever it is: ending needs no loop, which may be held or gone by then.
        _ = body.ContinueWith(
            static (ended, place) => BodyEnded(ended, (SuspendedTasks.Place)place!),
            place,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private static void BodyEnded(Task body, SuspendedTasks.Place place)
    {
        var task = place.Task!;
        place.Task = null;
        task.End(ExceptionOf(body), body);
    }

    private void OnTimeout()
    {
        var left = TimeLeft(EventLoop!);
        if (left == TimeSpan.Zero || Asides.TimeoutTimer?.Change(left, System.Threading.Timeout.InfiniteTimeSpan) != true)
        {
            RequestStop(AsyncTaskStatus.TimedOut);
        }
    }

    private void SetTimer(ref ITimer? field, ITimer timer)
    {
        Volatile.Write(ref field, timer);
        Interlocked.MemoryBarrier();
        if ((Volatile.Read(ref _state) & Ended) != 0)
        {
            // Ended meanwhile: the end may have looked for a timer before this one was there.
            timer.Dispose();
        }
    }

    private sealed class Aside
    {
        /// <summary>The name given.</summary>
        internal string? Name { get; init; }

        /// <summary>The token that stops the task.</summary>
        internal CancellationTokenRegistration Cancellation;

        /// <summary>While the task waits for something: fires when its time is over.</summary>
        internal ITimer? TimeoutTimer;

        /// <summary>Fires when the grace period is over.</summary>
        internal ITimer? GraceTimer;

        /// <summary>When the grace period is over, as a timestamp, if it was made longer; otherwise 0.</summary>
        internal long GraceEnd;

        /// <summary>When the grace period is over at the latest, as a timestamp; 0 as long as the code was not asked to end.</summary>
        internal long LastGraceEnd;

        /// <summary>True when the code has run since it was asked to end.</summary>
        internal bool HadTurn;

        /// <summary>The task's place on a loop that has taken it over.</summary>
        internal SuspendedTasks.Place? Adopted;

        internal void Drop()
        {
            if (Adopted is { } adopted)
            {
                adopted.Task = null;
            }

            Drop(ref TimeoutTimer);
            Drop(ref GraceTimer);
            Cancellation.Unregister();
        }

        /// <summary>Leaves none here: one that was disposed still knows the task, and its place may stay in the loop's list.</summary>
        private static void Drop(ref ITimer? timer)
        {
            timer?.Dispose();
            timer = null;
        }
    }
}
