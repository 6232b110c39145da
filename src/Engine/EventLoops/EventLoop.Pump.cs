namespace AsyncExecutors;

/// <content>The pump, and how it sleeps and wakes.</content>
/// <remarks>
/// <para>
/// The pump serves the two queues in turn: the continuations that there are when their turn comes, but no more than so many, then
/// one task. So a task that begins and blocks keeps few from the thread that could have gone on before it, and many tasks that go
/// on again and again do not keep others from beginning.
/// </para>
/// <para>
/// What was taken over from another loop goes on before any task begins: one that waits would send it on to yet another loop. But
/// no more of it than there is when its turn comes.
/// </para>
/// <para>
/// Sleeping: the pump announces that it sleeps (<c>_asleep</c>), looks once more whether there is work, and only then
/// waits. A producer adds its work first and looks at <c>_asleep</c> afterwards. With a full fence on both sides at
/// least one of them sees the other. The same holds for work on other loops that this one may take over, and for those who
/// wake it for that. Whoever takes <c>_asleep</c> back from 1 to 0 owes, or spares, one release.
/// </para>
/// </remarks>
public sealed partial class EventLoop
{
    /// <summary>How often the pump looks for work before it sleeps. Waking a thread costs far more than this.</summary>
    private const int SpinsBeforeSleep = 20;

    /// <summary>
    /// How many continuations run before a task may begin. (All that there are would make the cost of beginning grow with the
    /// number of those that have begun: a thousand tasks that yield all the time took a quarter of a minute to begin.)
    /// </summary>
    private const int MostCallbacksInARow = 16;

    /// <summary>How long a loop without work is kept before its pool may let it go.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _wake = new(0);
    private int _asleep;
    private bool _leavePump;

    /// <summary>The pump has come to the loop's end. Loop thread only.</summary>
    private bool _completed;

    /// <summary>Grows with every item; the pool sees by it whether a loop is held by one and the same item.</summary>
    internal int Turn => Volatile.Read(ref _onThread.Turn);

    /// <summary>True while an item runs on the loop's thread.</summary>
    internal bool IsExecuting => Volatile.Read(ref _onThread.Executing);

    /// <summary>Set by the pool: the loop has been held by one item for as long as a pool lets others wait.</summary>
    internal bool IsStarving { get; set; }

    /// <summary>The pool's note of <see cref="Turn"/> at its last look.</summary>
    internal int TurnAtLastLook { get; set; }

    /// <summary>
    /// Makes the pump return to the loop's host when the item that runs now has ended. For hosts; loop thread only.
    /// </summary>
    public void LeavePump() => _leavePump = true;

    /// <summary>Wakes the loop if it sleeps.</summary>
    internal void Wake()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _asleep) != 0 && Interlocked.Exchange(ref _asleep, 0) != 0)
        {
            _wake.Release();
        }
    }

    /// <summary>Runs what is queued until the loop has ended (true) or the host is to be given the thread (false).</summary>
    private bool Pump()
    {
        _started.TrySetResult();

        // The host may have taken long since the item before.
        _onThread.Stamp = 0;
        try
        {
            while (true)
            {
                var ran = RunCallbacks();
                ran |= !_leavePump && !_abandoned && RunTask();
                if (_abandoned)
                {
                    return true;
                }

                if (_leavePump)
                {
                    _leavePump = false;
                    return false;
                }

                if (!ran)
                {
                    if (IsCompletedAndIdle && _owner.TryEnd(this))
                    {
                        _completed = true;
                        return true;
                    }

                    Sleep();
                }
            }
        }
        finally
        {
            System.Threading.SynchronizationContext.SetSynchronizationContext(_context);
        }
    }

    /// <summary>Runs the callbacks whose turn it is; what they post is for the next time.</summary>
    private bool RunCallbacks()
    {
        if (!RunCallback())
        {
            return false;
        }

        var left = Math.Min(_callbacks.Count, MostCallbacksInARow - 1) + (HasEarlierCallbacks ? _takenOver.Count + (_kept?.Count ?? 0) : 0);
        while (left-- > 0 && !_abandoned && RunCallback())
        {
        }

        return true;
    }

    private bool RunCallback()
    {
        if (_leavePump || !TryTakeCallback(out var callback))
        {
            return false;
        }

        if (HasMoved(callback))
        {
            RunElsewhere(callback, hasWaited: true);
            return true;
        }

        EnterItem();
        EnterCallback(callback.Context);
        _onThread.Stamp = 0;
        try
        {
            callback.Run();
        }
        catch (Exception exception)
        {
            Report(exception);
        }

        LeaveCode();
        Volatile.Write(ref _onThread.Executing, false);
        return true;
    }

    private bool RunTask()
    {
        if (!_tasks.TryDequeue(out var task))
        {
            task = _owner.TakeFor(this);
            if (task is null)
            {
                return false;
            }

            Interlocked.Increment(ref _given.Value);
        }

        EnterItem();
        task.Start(this);
        Volatile.Write(ref _onThread.Executing, false);
        return true;
    }

    private void EnterItem()
    {
        Volatile.Write(ref _onThread.Turn, _onThread.Turn + 1);
        Volatile.Write(ref _onThread.Executing, true);
    }

    private void Sleep()
    {
        _onThread.Stamp = 0;
        if (SpinForWork())
        {
            return;
        }

        // The last item's context knows its task, which would be kept with all that it was given.
        System.Threading.SynchronizationContext.SetSynchronizationContext(_context);
        _host?.Idle();
        if (PendingCount == 0)
        {
            ForgetSuspended();
        }

        Interlocked.Exchange(ref _asleep, 1);
        var hasWork = !_tasks.IsEmpty || HasCallbacks || IsCompletedAndIdle || _owner.HasFor(this);
        if (!hasWork)
        {
            var woken = WaitForWork();

            // The time of day may have been set, or the machine been asleep.
            Clock = new LoopClock(TimeProvider);
            if (woken)
            {
                return;
            }
        }

        if (Interlocked.Exchange(ref _asleep, 0) == 0)
        {
            // Somebody was faster and has released, or is about to: the release must not be left over.
            WaitForWork();
        }
        else if (!hasWork)
        {
            _owner.LoopUnused(this);
        }
    }

    private bool SpinForWork()
    {
        var spin = default(SpinWait);
        try
        {
            for (var i = 0; i < SpinsBeforeSleep; i++)
            {
                if (!_tasks.IsEmpty || HasCallbacks)
                {
                    return true;
                }

                spin.SpinOnce(sleep1Threshold: -1);
            }
        }
        catch (Exception exception) when (exception is ThreadInterruptedException)
        {
            // As in WaitForWork.
        }

        return false;
    }

    /// <summary>Waits until the loop is woken.</summary>
    /// <returns>False when it was not, for long.</returns>
    private bool WaitForWork()
    {
        while (true)
        {
            try
            {
                return _wake.Wait(KeepAlive);
            }
            catch (Exception exception) when (exception is ThreadInterruptedException)
            {
                // Meant for an item, which has ended before it came. (With a filter, not a type, because the explorer of
                // interleavings ends threads by interrupts, and makes a way out only where there is a filter.)
            }
        }
    }
}
