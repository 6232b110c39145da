namespace AsyncExecutors;

/// <content>How loops come and go.</content>
public sealed partial class EventLoopPoolExecutor : ILoopOwner
{
    StopCount ILoopOwner.Stops => _stops;

    void ILoopOwner.LoopBegins()
    {
        // Whoever makes a loop holds it until the loop is in the list. A loop that is not could take nothing over, and would
        // sleep until the monitor looks.
        lock (_gate)
        {
        }
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

    bool ILoopOwner.TryEnd(EventLoop loop)
    {
        lock (_gate)
        {
            if (!loop.IsCompletedAndIdle)
            {
                return false;
            }

            Remove(loop);
            return true;
        }
    }

    void ILoopOwner.LoopBroken(EventLoop loop)
    {
        var wasReady = loop.Started.IsCompletedSuccessfully;
        lock (_gate)
        {
            if (!wasReady)
            {
                // A host that cannot be set up would fail again, and again.
                _failure ??= loop.Failure;
                _growAgain = loop.DeadlineAfter(loop.Now(), GrowPause);
            }
            else if (!_shutdown && _loops.Length <= PoolSize && Array.IndexOf(_loops, loop) >= 0)
            {
                TryAddLoop();
            }

            Remove(loop);
        }

        if (!wasReady)
        {
            FailIfAllWait(loop.Failure!);
        }
    }

    void ILoopOwner.LoopAbandoned(EventLoop loop)
    {
        Interlocked.Increment(ref _abandoned);
        Interlocked.Increment(ref AllAbandoned);
        List<TaskInfo>? stopped;
        lock (_gate)
        {
            _left.Add(loop);
            if (!_shutdown && _loops.Length <= PoolSize)
            {
                TryAddLoop();
            }

            Remove(loop);
            loop.Close();
            stopped = TryMoveTasks(loop);
        }

        EndTasks(loop, stopped);
        if (loop.IsEmpty)
        {
            ((ILoopOwner)this).AbandonedLoopEmpty(loop);
        }
    }

    void ILoopOwner.TaskStranded(EventLoop loop)
    {
        List<TaskInfo>? stopped;
        lock (_gate)
        {
            stopped = TryMoveTasks(loop);
        }

        EndTasks(loop, stopped);
    }

    void ILoopOwner.AbandonedLoopEmpty(EventLoop loop)
    {
        lock (_gate)
        {
            if (_left.Remove(loop))
            {
                _alive--;
                EndIfEmpty();
            }
        }
    }

    void ILoopOwner.LoopEnded(EventLoop loop)
    {
        if (loop.IsAbandoned)
        {
            Interlocked.Decrement(ref _abandoned);
            Interlocked.Decrement(ref AllAbandoned);
            return;
        }

        lock (_gate)
        {
            Remove(loop);
            _alive--;
            EndIfEmpty();
        }
    }

    /// <summary>Only what is new is refused: a task that has been taken moves on, whatever its loop does.</summary>
    private void ThrowIfTooManyAbandoned()
    {
        int all;
        if (_shutdown || (all = Volatile.Read(ref AllAbandoned)) < LoopOptions.MaxAbandonedThreads)
        {
            return;
        }

        throw new AbandonedThreadsException(
            $"{LoopOptions.Name} takes no more tasks for now: {AbandonedCount} of its threads, and {all} in the process, are left behind with code that has not ended after a stop or a timeout. The most allowed are {LoopOptions.MaxAbandonedThreads}.");
    }

    /// <summary>Under <c>_gate</c>.</summary>
    private EventLoop AddLoop()
    {
        var loop = new EventLoop($"{LoopOptions.Name}-{++_made}", LoopOptions, this);
        _alive++;
        _newestLoop = loop;
        _loops = [.. _loops, loop];
        return loop;
    }

    /// <summary>Under <c>_gate</c>. Null when there is no thread to be had; callers do without, on whatever thread they are.</summary>
    private EventLoop? TryAddLoop()
    {
        try
        {
            return AddLoop();
        }
        catch (Exception exception)
        {
            _failure = exception;
            return null;
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

    /// <summary>
    /// Under <c>_gate</c>, so that no shutdown comes between and refuses what was taken before: finds the tasks of a loop
    /// that was given up another place.
    /// </summary>
    /// <returns>Those that a stop of all that is pending may have missed on their way; null when there is no other place.</returns>
    private List<TaskInfo>? TryMoveTasks(EventLoop loop)
    {
        var suspended = loop.Suspended.ToArray();
        if (!loop.HasQueuedTasks && suspended.Length == 0)
        {
            return [];
        }

        // After a shutdown every other loop may be about to end; this one ends with what it is there for.
        EventLoop? heir = null;
        if ((_shutdown || _loops.Length == 0) && (heir = TryAddLoop()) is null)
        {
            return null;
        }

        while (loop.TryTake(out var task))
        {
            if (heir?.TryEnqueue(task) != true)
            {
                Place(task);
            }
        }

        List<TaskInfo> stopped = [];
        var free = heir is null ? FreeLoops() : [];
        foreach (var task in suspended)
        {
            var to = heir ?? free.MinBy(static other => other.PendingCount) ?? _loops[LeastPending(_loops)];
            if (task.TryMove(loop, to) && to.Stops(task))
            {
                stopped.Add(task);
            }
        }

        if (_shutdown)
        {
            heir?.Close();
        }

        return stopped;
    }

    /// <summary>Ends what <see cref="TryMoveTasks"/> has left to be ended. Not under <c>_gate</c>, as others are told of it.</summary>
    private void EndTasks(EventLoop loop, List<TaskInfo>? stopped)
    {
        if (stopped is null)
        {
            FailTasks(loop, _failure!);
        }
        else
        {
            stopped.ForEach(static task => task.Stop());
        }
    }

    /// <summary>There is no thread to be had for these tasks. Not under <c>_gate</c>, as others are told of their ends.</summary>
    private static void FailTasks(EventLoop loop, Exception failure)
    {
        while (loop.TryTake(out var task))
        {
            task.Fail(failure);
        }
    }
}
