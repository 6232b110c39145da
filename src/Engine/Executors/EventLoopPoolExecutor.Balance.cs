namespace AsyncExecutors;

/// <content>Which loop a task goes to, and how it moves on when that loop is held.</content>
/// <remarks>
/// <para>
/// The monitor is a timer that runs only while a task waits for its turn. A loop that one item has held since the
/// monitor's last look is starving: others may take all its waiting tasks, and when every loop is starving or waiting,
/// the pool adds loops, as far as it may.
/// </para>
/// <para>
/// A loop that was added for the time another one waits is spare when that one goes on: of the loops that do not wait
/// only the first <see cref="MaxPoolSize"/> begin tasks. It is kept, for the next wait, until it is unused for long.
/// </para>
/// </remarks>
public sealed partial class EventLoopPoolExecutor
{
    /// <summary>How many tasks are given between two exact looks at loops that have much to do.</summary>
    private const uint LookEvery = 16;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>How long no loop is added after one whose host could not be set up: that may have cost much, or others.</summary>
    private static readonly TimeSpan GrowPause = TimeSpan.FromSeconds(1);

    private readonly ITimer _monitor;
    private int _monitorRuns;

    /// <summary>Guarded by <c>_gate</c>: the timestamp before which no loop is added.</summary>
    private long _growAgain = long.MinValue;

    // Who was faster leaves nothing here; whether there is more elsewhere is looked at before the loop sleeps.
    TaskInfo? ILoopOwner.TakeFor(EventLoop idle) => SourceFor(idle) is { } loop && loop.TryTake(out var task) ? task : null;

    bool ILoopOwner.HasFor(EventLoop idle) => SourceFor(idle) is not null;

    /// <summary>A loop from which one that has nothing to do may take a task; null for none.</summary>
    private EventLoop? SourceFor(EventLoop idle)
    {
        var loops = _loops;
        if (loops.Length == 1 || IsSpare(idle, loops))
        {
            return null;
        }

        var own = idle.PendingCount;
        foreach (var loop in loops)
        {
            // From a loop that gets on with its work, only what makes the two more even.
            if (loop != idle && loop.HasQueuedTasks && (loop.IsWaiting || loop.IsStarving || own + 1 < loop.PendingCount))
            {
                return loop;
            }
        }

        return null;
    }

    void ILoopOwner.TaskWaits(EventLoop loop)
    {
        if (!_isElastic)
        {
            return;
        }

        // Not for a task that has begun meanwhile, and is what waits.
        if (loop.IsWaiting && loop.HasQueuedTasks)
        {
            Relieve();
        }

        RunMonitor();
    }

    void ILoopOwner.ContinuationWaits(EventLoop loop)
    {
        if (_isElastic)
        {
            RunMonitor();
        }
    }

    private void RunMonitor()
    {
        // The caller has put a full fence between queueing and this look; Look() has one on its side.
        if (Volatile.Read(ref _monitorRuns) == 0 && Interlocked.Exchange(ref _monitorRuns, 1) == 0)
        {
            try
            {
                _monitor.Change(LookInterval, Timeout.InfiniteTimeSpan);
            }
            catch
            {
                // The calling thread was interrupted, say, in the timer's own lock: the next one that waits tries again.
                Volatile.Write(ref _monitorRuns, 0);
                throw;
            }
        }
    }

    private int LeastPending(EventLoop[] loops)
    {
        if (loops.Length <= 1)
        {
            return loops.Length - 1;
        }

        // Scanning from another loop each time spreads the ties; that two threads may begin at the same one does no harm.
        var turn = ++_turn;
        var index = _next;
        var hasSpares = loops.Length > MaxPoolSize;
        var best = -1;
        var least = long.MaxValue;
        for (var left = loops.Length; left > 0 && least > 0; left--)
        {
            index = index + 1 < loops.Length ? index + 1 : 0;
            var loop = loops[index];

            // A loop that waits can run nothing, so it comes last; a spare one may not.
            var load = loop.Load(look: turn % LookEvery == 0) + (loop.IsWaiting || (hasSpares && IsSpare(loop, loops)) ? 1L << 32 : 0);
            if (load < least)
            {
                least = load;
                best = index;
            }
        }

        _next = best;
        return best;
    }

    private bool IsSpare(EventLoop loop, EventLoop[] loops)
    {
        var before = MaxPoolSize;
        if (loops.Length <= before)
        {
            return false;
        }

        foreach (var other in loops)
        {
            if (other == loop)
            {
                return false;
            }

            if (!other.IsWaiting && --before == 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The monitor's look.</summary>
    private void Look()
    {
        Interlocked.Exchange(ref _monitorRuns, 0);
        var allHeld = true;
        var queued = 0;
        var held = false;
        var loops = _loops;
        foreach (var loop in loops)
        {
            var turn = loop.Turn;
            loop.IsStarving = loop.IsExecuting && turn == loop.TurnAtLastLook;
            loop.TurnAtLastLook = turn;
            queued += loop.QueuedCount;
            held |= loop.HoldsContinuations;
            allHeld &= loop.IsStarving || loop.IsWaiting;
        }

        if (queued == 0 && !held)
        {
            return;
        }

        bool grown;
        List<TaskInfo> stopped = [];
        lock (_gate)
        {
            // Twice as many each time: ten blocks that sleep are soon side by side, one long block adds one loop. In one go with
            // the moves: a loop that is made after a shutdown ends as soon as it finds nothing to do.
            grown = !allHeld || TryGrow(Math.Clamp(queued, 1, loops.Length));
            MoveHeld(stopped);
        }

        stopped.ForEach(static task => task.Stop());
        if (!grown)
        {
            FailIfAllWait(_failure!);
        }

        if (!allHeld)
        {
            WakeIdle();
        }

        Volatile.Write(ref _monitorRuns, 1);
        _monitor.Change(LookInterval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Tasks wait behind a loop that blocks for others: another loop must take them now.</summary>
    private void Relieve()
    {
        WakeIdle();
        if (AllWait)
        {
            // Under the lock nobody may be told of an end; the monitor looks again.
            if (!TryGrow(1) && !Monitor.IsEntered(_gate))
            {
                FailIfAllWait(_failure!);
            }
        }
    }

    /// <summary>
    /// Tasks could go on on loops that wait, perhaps for these very tasks: they go on on others. Not sooner, as most waits
    /// are short and a task is better off where it is; nor to a loop that is not ready and may never be. Under <c>_gate</c>.
    /// </summary>
    private void MoveHeld(List<TaskInfo> stopped)
    {
        var free = FreeLoops();
        if (free.Length > 0)
        {
            // Not from one that was free just now and waits since: its tasks would move to where they are. It has its turn at the next look.
            foreach (var loop in _loops.Except(free))
            {
                loop.MoveHeld(() => free.MinBy(static other => other.PendingCount)!, stopped);
            }
        }
    }

    /// <summary>The loops on which a task can go on at once. Under <c>_gate</c>.</summary>
    private EventLoop[] FreeLoops() =>
        Array.FindAll(_loops, loop => !loop.IsWaiting && !loop.IsStarving && (_shutdown || loop.Started.IsCompletedSuccessfully));

    private bool AllWait => Array.TrueForAll(_loops, static loop => loop.IsWaiting);

    private void WakeIdle()
    {
        foreach (var loop in _loops)
        {
            if (!loop.IsExecuting)
            {
                loop.Wake();
            }
        }
    }

    /// <returns>False when a loop was wanted and none could be made.</returns>
    private bool TryGrow(int by)
    {
        lock (_gate)
        {
            var loops = _loops;
            if (_alive == 0
                || Array.Exists(loops, static loop => !loop.Started.IsCompleted)
                || LoopOptions.TimeProvider.GetTimestamp() < _growAgain)
            {
                return true;
            }

            var wanted = Math.Min(by, MaxPoolSize - loops.Count(static loop => !loop.IsWaiting));
            var made = 0;
            while (made < wanted && TryAddLoop() is { } loop)
            {
                made++;
                if (_shutdown)
                {
                    // It is there for what was pending, and ends with it.
                    loop.Close();
                }
            }

            return made > 0 || wanted <= 0;
        }
    }

    /// <summary>
    /// No loop can be added. When all there are wait, they may wait for the very tasks that wait for them, to begin or to go
    /// on: those fail. Looked at anew before each, as a loop may come back when somebody is told, and serve the others.
    /// Not under <c>_gate</c>, as others are told of their ends. What comes meanwhile has its own look.
    /// </summary>
    private void FailIfAllWait(Exception failure)
    {
        (EventLoop Loop, int Queued, TaskInfo[] Held)[] waiting = [.. _loops.Select(static loop => (loop, loop.QueuedCount, loop.Held.ToArray()))];
        foreach (var (loop, queued, held) in waiting)
        {
            for (var left = queued; left > 0 && AllWait && loop.TryTake(out var task); left--)
            {
                task.Fail(failure);
            }

            foreach (var task in held.TakeWhile(_ => AllWait))
            {
                task.Fail(failure);
            }
        }
    }
}
