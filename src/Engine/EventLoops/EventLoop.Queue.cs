using System.Collections.Concurrent;

namespace AsyncExecutors;

/// <content>The loop's two queues, its pump, and how it sleeps and wakes.</content>
/// <remarks>
/// <para>
/// <c>_tasks</c> holds tasks that have not begun (another loop of the pool may take them over), <c>_callbacks</c> the
/// continuations of those that have. The pump serves them in turn, so that neither starves the other.
/// </para>
/// <para>
/// Sleeping: the pump announces that it sleeps (<c>_asleep</c>), looks once more whether there is work, and only then
/// waits. A producer adds its work first and looks at <c>_asleep</c> afterwards. With a full fence on both sides at
/// least one of them sees the other.
/// </para>
/// </remarks>
public sealed partial class EventLoop
{
    /// <summary>How often the pump looks for work before it sleeps. Waking a thread costs far more than this.</summary>
    private const int SpinsBeforeSleep = 20;

    /// <summary>How long a loop without work is kept before its pool may let it go.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    private readonly ILoopOwner? _owner;
    private readonly ConcurrentQueue<TaskInfo> _tasks = new();
    private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> _callbacks = new();
    private readonly SemaphoreSlim _wake = new(0);
    private int _asleep;
    private int _pending;
    private int _turn;
    private volatile bool _executing;
    private volatile bool _closed;
    private volatile bool _broken;
    private volatile bool _abandoned;
    private bool _leavePump;
    private int _waiting;

    /// <summary>
    /// The tasks given to this loop that have not ended, begun or not. (What the seed page balances by.)
    /// </summary>
    public int PendingCount => Volatile.Read(ref _pending);

    /// <summary>The tasks that wait for their turn on this loop.</summary>
    public int QueuedCount => _tasks.Count;

    /// <summary>Grows with every item; the pool sees by it whether a loop is held by one and the same item.</summary>
    internal int Turn => Volatile.Read(ref _turn);

    /// <summary>True while an item runs on the loop's thread.</summary>
    internal bool IsExecuting => _executing;

    /// <summary>True once the loop takes no more tasks.</summary>
    internal bool IsClosed => _closed;

    /// <summary>True once the loop was given up.</summary>
    internal bool IsAbandoned => _abandoned;

    /// <summary>Why the loop broke down; null when it did not.</summary>
    internal Exception? Failure => _failure;

    /// <summary>True while the loop's code blocks its thread and has said so (<see cref="EnterWait"/>).</summary>
    internal bool IsWaiting => Volatile.Read(ref _waiting) != 0;

    /// <summary>Set by the pool: the loop has been held by one item for as long as a pool lets others wait.</summary>
    internal bool IsStarving { get; set; }

    /// <summary>The pool's note of <see cref="Turn"/> at its last look.</summary>
    internal int TurnAtLastLook { get; set; }

    /// <summary>True while a task waits for its turn here.</summary>
    internal bool HasQueuedTasks => !_tasks.IsEmpty;

    private bool IsCompletedAndIdle => _closed && PendingCount == 0 && _tasks.IsEmpty && _callbacks.IsEmpty;

    /// <summary>
    /// Runs a callback on the loop, after what is queued already. A loop that has ended runs it on a pool thread: code
    /// that waits for something must go on, and its <c>finally</c> blocks run, wherever that is.
    /// </summary>
    /// <param name="callback">What to run.</param>
    /// <param name="state">Its argument.</param>
    /// <exception cref="ArgumentNullException"><paramref name="callback"/> is null.</exception>
    public void Post(SendOrPostCallback callback, object? state)
    {
        ArgumentNullException.ThrowIfNull(callback);
        if (_ended.Task.IsCompleted || _broken)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static work => work.callback(work.state), (callback, state), preferLocal: false);
            return;
        }

        _callbacks.Enqueue((callback, state));
        Wake();
        if (_ended.Task.IsCompleted || _broken)
        {
            // The loop may have ended between the look and the enqueueing: then nobody else empties the queue.
            DrainToThreadPool();
        }
    }

    /// <summary>
    /// Makes the pump return to the loop's host when the item that runs now has ended. For hosts; loop thread only.
    /// </summary>
    public void LeavePump() => _leavePump = true;

    /// <summary>
    /// Says that the caller is about to block. When it is a loop's thread that blocks, the loop's pool lets another loop
    /// take over what waits here, so that a task may wait for tasks of its own pool. Elsewhere it means nothing.
    /// </summary>
    /// <returns>Ends the announcement when disposed; on the same thread.</returns>
    public static WaitScope EnterWait()
    {
        var loop = CurrentLoop;
        if (loop is not null)
        {
            Interlocked.Increment(ref loop._waiting);
            if (loop.HasQueuedTasks)
            {
                loop._owner?.TaskWaits(loop);
            }
        }

        return new WaitScope(loop);
    }

    internal bool BelongsTo(object owner) => _owner == owner;

    internal void ExitWait() => Interlocked.Decrement(ref _waiting);

    /// <summary>Takes no more tasks of its own accord; the thread ends when what is pending has ended.</summary>
    internal void Close()
    {
        _closed = true;
        Wake();
    }

    /// <summary>Gives the loop a task.</summary>
    /// <returns>False, without effect, when the loop takes no more.</returns>
    internal bool TryEnqueue(TaskInfo task)
    {
        // Counted before the look at _closed, as the pump looks at _closed before the count: one sees the other.
        Interlocked.Increment(ref _pending);
        if (_closed)
        {
            CountOff();
            Wake();
            return false;
        }

        task.EventLoop = this;
        _tasks.Enqueue(task);
        Wake();
        if (_broken)
        {
            FailQueued();
        }
        else if (_executing)
        {
            _owner?.TaskWaits(this);
        }

        return true;
    }

    /// <summary>Takes a task that has not begun away, for another loop of the pool, which counts it from now on.</summary>
    internal bool TryTake(out TaskInfo task)
    {
        if (!_tasks.TryDequeue(out task!))
        {
            return false;
        }

        CountOff();
        return true;
    }

    /// <summary>A task that had begun on this loop has ended.</summary>
    internal void TaskEnded(TaskInfo task)
    {
        RemoveSuspended(task);
        CountOff();
    }

    /// <summary>Wakes the loop if it sleeps.</summary>
    internal void Wake()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _asleep) != 0 && Interlocked.Exchange(ref _asleep, 0) != 0)
        {
            _wake.Release();
        }
    }

    private void CountOff()
    {
        if (Interlocked.Decrement(ref _pending) == 0)
        {
            if (_closed)
            {
                Wake();
            }

            _owner?.LoopIdle(this);
        }
    }

    /// <summary>Runs what is queued until the loop has ended (true) or the host is to be given the thread (false).</summary>
    private bool Pump()
    {
        _started.TrySetResult();
        while (true)
        {
            if (_leavePump)
            {
                _leavePump = false;
                return false;
            }

            var callbackRan = RunCallback();
            var taskRan = !_leavePump && RunTask();
            if (_abandoned)
            {
                return true;
            }

            if (!callbackRan && !taskRan && !_leavePump)
            {
                if (IsCompletedAndIdle)
                {
                    return true;
                }

                Sleep();
            }
        }
    }

    private bool RunCallback()
    {
        if (!_callbacks.TryDequeue(out var item))
        {
            return false;
        }

        Enter();
        try
        {
            item.Callback(item.State);
        }
        catch (Exception exception)
        {
            UnhandledException?.Invoke(this, new UnhandledExceptionEventArgs(exception, isTerminating: false));
        }

        _executing = false;
        return true;
    }

    private bool RunTask()
    {
        if (!_tasks.TryDequeue(out var task))
        {
            task = _abandoned ? null : _owner?.TakeFor(this);
            if (task is null)
            {
                return false;
            }

            Interlocked.Increment(ref _pending);
        }

        Enter();
        if (!task.Start(this))
        {
            CountOff();
        }

        _executing = false;
        return true;
    }

    private void Enter()
    {
        Volatile.Write(ref _turn, _turn + 1);
        _executing = true;
    }

    private void Sleep()
    {
        var spin = default(SpinWait);
        for (var i = 0; i < SpinsBeforeSleep; i++)
        {
            if (!_tasks.IsEmpty || !_callbacks.IsEmpty)
            {
                return;
            }

            spin.SpinOnce(sleep1Threshold: -1);
        }

        Interlocked.Exchange(ref _asleep, 1);
        if (!_tasks.IsEmpty || !_callbacks.IsEmpty || IsCompletedAndIdle)
        {
            if (Interlocked.Exchange(ref _asleep, 0) != 0)
            {
                return;
            }

            // A producer was faster and has released, or is about to: take its release.
            _wake.Wait();
            return;
        }

        if (_owner is null)
        {
            _wake.Wait();
        }
        else if (!_wake.Wait(KeepAlive))
        {
            if (Interlocked.Exchange(ref _asleep, 0) == 0)
            {
                _wake.Wait();
            }
            else
            {
                _owner.LoopUnused(this);
            }
        }
    }

    /// <summary>
    /// Gives the loop up: its code keeps the thread and cannot be ended. What waits for its turn goes back to the pool,
    /// continuations go to the thread pool, and the thread ends by itself should the code ever return.
    /// </summary>
    internal void Abandon()
    {
        _abandoned = true;
        Close();
        _started.TrySetResult();
        _ended.TrySetResult();
        DrainToThreadPool();
        _owner?.LoopAbandoned(this);
    }

    private void FailAll(Exception exception)
    {
        _failure = exception;
        _broken = true;
        FailQueued();
        foreach (var task in Suspended())
        {
            task.Fail(exception);
        }

        DrainToThreadPool();
    }

    private void FailQueued()
    {
        while (TryTake(out var task))
        {
            task.Fail(_failure!);
        }
    }

    private void DrainToThreadPool()
    {
        while (_callbacks.TryDequeue(out var item))
        {
            ThreadPool.UnsafeQueueUserWorkItem(static work => work.Callback(work.State), item, preferLocal: false);
        }
    }
}
