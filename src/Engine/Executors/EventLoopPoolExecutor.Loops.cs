namespace AsyncExecutors;

/// <content>How loops come and go.</content>
public sealed partial class EventLoopPoolExecutor : ILoopOwner
{
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

    void ILoopOwner.LoopBroken(EventLoop loop)
    {
        lock (_gate)
        {
            if (!loop.Started.IsCompletedSuccessfully)
            {
                // A host that cannot be set up would fail again, and again.
                _failure ??= loop.Failure;
            }
            else if (!_shutdown && _loops.Length <= PoolSize && Array.IndexOf(_loops, loop) >= 0)
            {
                TryAddLoop();
            }

            Remove(loop);
        }
    }

    void ILoopOwner.LoopAbandoned(EventLoop loop)
    {
        Interlocked.Increment(ref _abandoned);
        Interlocked.Increment(ref AllAbandoned);
        EventLoop? heir = null;
        lock (_gate)
        {
            _left.Add(loop);
            if (_shutdown ? loop.HasQueuedTasks : _loops.Length <= PoolSize)
            {
                heir = TryAddLoop();
            }

            Remove(loop);
        }

        loop.Close();
        while (loop.TryTake(out var task))
        {
            if (heir?.TryEnqueue(task) != true)
            {
                PlaceAgain(task);
            }
        }

        lock (_gate)
        {
            if (_shutdown)
            {
                // It was there for what was pending, and ends with it.
                heir?.Close();
            }
        }

        if (loop.IsEmpty)
        {
            ((ILoopOwner)this).AbandonedLoopEmpty(loop);
        }
    }

    void ILoopOwner.TaskStranded(EventLoop loop)
    {
        while (loop.TryTake(out var task))
        {
            PlaceAgain(task);
        }
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
        var all = Volatile.Read(ref AllAbandoned);
        if (_shutdown || AbandonedCount == 0 || all < LoopOptions.MaxAbandonedThreads)
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

    /// <summary>Finds a task that an ended loop has left another place, or an end.</summary>
    private void PlaceAgain(TaskInfo task)
    {
        try
        {
            Place(task);
        }
        catch (ObjectDisposedException)
        {
            task.Stop();
        }
        catch (InvalidOperationException exception)
        {
            task.Fail(exception);
        }
    }
}
