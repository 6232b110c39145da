namespace AsyncExecutors;

/// <content>How loops come and go, and how work moves between them.</content>
/// <remarks>
/// The monitor is a timer that runs only while a task waits behind a held loop. A loop that one item has held since the
/// monitor's last look is starving: others may take all its waiting tasks, and when every loop is starving or waiting,
/// the pool adds loops, as far as it may.
/// </remarks>
public sealed partial class EventLoopPoolExecutor : ILoopOwner
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(20);

    private readonly ITimer _monitor;
    private int _monitorRuns;

    TaskInfo? ILoopOwner.TakeFor(EventLoop idle)
    {
        var own = idle.PendingCount;
        foreach (var loop in _loops)
        {
            // From a loop that gets on with its work, only what makes the two more even.
            if (loop != idle
                && loop.HasQueuedTasks
                && (loop.IsWaiting || loop.IsStarving || own + 1 < loop.PendingCount)
                && loop.TryTake(out var task))
            {
                if (loop.HasQueuedTasks)
                {
                    ((ILoopOwner)this).TaskWaits(loop);
                }

                return task;
            }
        }

        return null;
    }

    void ILoopOwner.TaskWaits(EventLoop loop)
    {
        if (loop.IsWaiting)
        {
            Relieve();
        }

        if (Volatile.Read(ref _monitorRuns) == 0 && Interlocked.Exchange(ref _monitorRuns, 1) == 0)
        {
            _monitor.Change(LookInterval, Timeout.InfiniteTimeSpan);
        }
    }

    void ILoopOwner.LoopIdle(EventLoop loop)
    {
    }

    void ILoopOwner.LoopUnused(EventLoop loop)
    {
        lock (_gate)
        {
            if (_loops.Length > PoolSize && loop.PendingCount == 0)
            {
                Remove(loop);
                loop.Close();
            }
        }
    }

    void ILoopOwner.LoopAbandoned(EventLoop loop)
    {
        Interlocked.Increment(ref _abandoned);
        lock (_gate)
        {
            Remove(loop);
            if (_loops.Length < PoolSize && (!_shutdown || loop.HasQueuedTasks))
            {
                AddLoop();
            }

            _alive--;
            EndIfEmpty();
        }

        Redistribute(loop);
    }

    void ILoopOwner.LoopEnded(EventLoop loop)
    {
        if (loop.IsAbandoned)
        {
            Interlocked.Decrement(ref _abandoned);
            return;
        }

        lock (_gate)
        {
            Remove(loop);
            if (loop.Failure is { } failure)
            {
                if (!loop.Started.IsCompletedSuccessfully)
                {
                    // A host that cannot be set up would fail again, and again.
                    _failure ??= failure;
                }
                else if (!_shutdown && _loops.Length < PoolSize)
                {
                    AddLoop();
                }
            }

            _alive--;
            EndIfEmpty();
        }
    }

    /// <summary>Under <c>_gate</c>.</summary>
    private void AddLoop()
    {
        _alive++;
        var loop = new EventLoop($"{Options.Name}-{++_made}", Options, this);
        _loops = [.. _loops, loop];
        if (_shutdown)
        {
            // It is there for what was pending, and ends with it.
            loop.Close();
        }
    }

    /// <summary>Under <c>_gate</c>.</summary>
    private void Remove(EventLoop loop) => _loops = Array.FindAll(_loops, other => other != loop);

    /// <summary>Under <c>_gate</c>.</summary>
    private void EndIfEmpty()
    {
        if (_shutdown && _alive == 0)
        {
            _monitor.Dispose();
            _ended.TrySetResult();
        }
    }

    /// <summary>What waited on a loop that was given up goes to the others; or is stopped, when there are none.</summary>
    private void Redistribute(EventLoop loop)
    {
        while (loop.TryTake(out var task))
        {
            var loops = _loops;
            var index = LeastPending(loops);
            if (index < 0 || !loops[index].TryEnqueue(task))
            {
                if (_shutdown)
                {
                    task.Stop();
                }
                else
                {
                    Submit(task);
                }
            }
        }
    }

    /// <summary>The monitor's look.</summary>
    private void Look()
    {
        Volatile.Write(ref _monitorRuns, 0);
        var allHeld = true;
        var queued = 0;
        foreach (var loop in _loops)
        {
            var turn = loop.Turn;
            loop.IsStarving = loop.IsExecuting && turn == loop.TurnAtLastLook;
            loop.TurnAtLastLook = turn;
            queued += loop.QueuedCount;
            allHeld &= loop.IsStarving || loop.IsWaiting;
        }

        if (queued == 0)
        {
            return;
        }

        if (allHeld)
        {
            // Twice as many each time: ten blocks that sleep are soon side by side, one long block adds one loop.
            Grow(Math.Min(queued, _loops.Length));
        }
        else
        {
            WakeIdle();
        }

        Volatile.Write(ref _monitorRuns, 1);
        _monitor.Change(LookInterval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Tasks wait behind a loop that blocks for others: another loop must take them now.</summary>
    private void Relieve()
    {
        if (!WakeIdle() && Array.TrueForAll(_loops, static loop => loop.IsWaiting))
        {
            Grow(1);
        }
    }

    private bool WakeIdle()
    {
        var any = false;
        foreach (var loop in _loops)
        {
            if (!loop.IsExecuting)
            {
                loop.Wake();
                any = true;
            }
        }

        return any;
    }

    private void Grow(int by)
    {
        lock (_gate)
        {
            var loops = _loops;
            if (Array.Exists(loops, static loop => !loop.Started.IsCompleted) || _alive == 0)
            {
                return;
            }

            var counted = loops.Count(static loop => !loop.IsWaiting);
            for (var i = Math.Min(by, MaxPoolSize - counted); i > 0; i--)
            {
                AddLoop();
            }
        }
    }
}
