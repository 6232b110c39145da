namespace AsyncExecutors;

/// <summary>
/// Persistent event loops, each on a thread of its own; a task goes to the loop with the fewest pending tasks. Ports the
/// seed page's <c>EventLoopPoolExecutor</c>.
/// </summary>
/// <remarks>
/// <para>Thread safety: as <see cref="IAsyncExecutor"/>.</para>
/// <para>
/// What the seed page leaves open: a task that has not begun moves to another loop when its own is held up. A loop whose
/// code blocks and says so (<see cref="EventLoop.EnterWait"/>; <c>Run</c>, <c>RunMultiple</c> and
/// <c>WrapAsyncEnumerable</c> do) does not count, so a task may wait for tasks of its own pool: another loop is added for
/// that time. A loop whose code does not end when it must is given up and replaced.
/// </para>
/// </remarks>
public sealed partial class EventLoopPoolExecutor : AsyncExecutor
{
    /// <summary>The threads that all pools of the process have left behind and that still run.</summary>
    private static int AllAbandoned;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly object _gate = new();
    private readonly bool _isElastic;
    private readonly StopCount _stops = new();

    /// <summary>Guarded by <c>_gate</c>: loops that were given up and still have tasks that wait for something.</summary>
    private readonly HashSet<EventLoop> _left = [];

    /// <summary>The loops that take tasks. Replaced under <c>_gate</c>, read without.</summary>
    private volatile EventLoop[] _loops = [];

    /// <summary>Guarded by <c>_gate</c>: loops whose threads have not ended, or that are in <c>_left</c>.</summary>
    private int _alive;

    /// <summary>Guarded by <c>_gate</c>.</summary>
    private int _made;

    private int _abandoned;
    private int _maxPoolSize;

    /// <summary>The place of the loop that was chosen last; written without a lock, as is how many were chosen.</summary>
    private int _next;
    private uint _turn;
    private volatile bool _shutdown;
    private volatile Exception? _failure;
    private volatile EventLoop _newestLoop;

    /// <summary>Starts the loops.</summary>
    /// <param name="poolSize">How many.</param>
    /// <param name="options">How they are made; null for plain ones.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="poolSize"/> is not positive.</exception>
    public EventLoopPoolExecutor(int poolSize = 1, EventLoopOptions? options = null)
        : this(poolSize, options, isElastic: true)
    {
    }

    /// <summary>Not elastic: no loop is ever added to those the pool begins with, but in place of one that is gone.</summary>
    internal EventLoopPoolExecutor(int poolSize, EventLoopOptions? options, bool isElastic)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(poolSize, 1);
        PoolSize = poolSize;
        _maxPoolSize = poolSize;
        _isElastic = isElastic;
        LoopOptions = options ?? EventLoopOptions.Default;
        _monitor = LoopOptions.TimeProvider.CreateTimer(
            static pool => ((EventLoopPoolExecutor)pool!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        lock (_gate)
        {
            try
            {
                _newestLoop = AddLoop();
                for (var i = 1; i < poolSize; i++)
                {
                    AddLoop();
                }
            }
            catch
            {
                // Those there are must not stay.
                Shutdown(wait: false);
                throw;
            }

            Started = Task.WhenAll(_loops.Select(static loop => loop.Started));
        }

        // One that nobody asks for is no unobserved failure.
        _ = Started.ContinueWith(
            static started => started.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>How many loops the pool keeps.</summary>
    public int PoolSize { get; }

    /// <summary>
    /// How many loops the pool may have while tasks wait and every loop is held; <see cref="PoolSize"/> unless raised.
    /// Loops beyond the pool's size are let go when they have had nothing to do for half a minute.
    /// </summary>
    public int MaxPoolSize => Volatile.Read(ref _maxPoolSize);

    /// <summary>The loops, in no lasting order.</summary>
    public IReadOnlyList<EventLoop> EventLoops => _loops;

    /// <summary>The tasks that have not ended, on all loops.</summary>
    public int PendingCount => _loops.Sum(static loop => loop.PendingCount);

    /// <summary>The threads left behind with code that did not end, which still run.</summary>
    public int AbandonedCount => Math.Max(Volatile.Read(ref _abandoned), 0);

    /// <summary>True once the pool takes no more tasks.</summary>
    public bool IsShutdown => _shutdown;

    /// <summary>Ends when all the loops the pool began with are ready; fails when one could not be set up.</summary>
    public Task Started { get; }

    /// <summary>Ends when the pool has been shut down and its threads have ended.</summary>
    public Task Completion => _ended.Task;

    /// <summary>The loop made last, which may have ended.</summary>
    internal EventLoop NewestLoop => _newestLoop;

    internal EventLoopOptions LoopOptions { get; }

    private protected override EventLoopOptions Options => LoopOptions;

    private protected override Task Ended => _ended.Task;

    internal override bool IsOwnThread => EventLoop.Current?.BelongsTo(this) == true;

    /// <summary>Lets the pool have so many loops when it needs them. Never lowers the number.</summary>
    /// <param name="loops">How many.</param>
    public void AllowLoops(int loops)
    {
        int now;
        while ((now = MaxPoolSize) < loops && Interlocked.CompareExchange(ref _maxPoolSize, loops, now) != now)
        {
        }
    }

    /// <summary>The loop with the fewest pending tasks; among equals each in its turn.</summary>
    /// <returns>The loop, and its place in <see cref="EventLoops"/>.</returns>
    /// <exception cref="ObjectDisposedException">The pool was shut down.</exception>
    /// <exception cref="InvalidOperationException">All the pool's loops broke down.</exception>
    public (EventLoop EventLoop, int Index) GetEventLoop()
    {
        ObjectDisposedException.ThrowIf(_shutdown, this);
        var loops = _loops;
        var index = LeastPending(loops);
        if (index >= 0)
        {
            return (loops[index], index);
        }

        // A loop that is gone has been replaced before, unless its host cannot be set up or the pool was shut down.
        ObjectDisposedException.ThrowIf(_shutdown, this);
        throw new InvalidOperationException($"All event loops of {LoopOptions.Name} broke down: {_failure?.Message}", _failure);
    }

    /// <inheritdoc/>
    public override void Submit(TaskInfo task)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (!task.TryClaim())
        {
            throw new InvalidOperationException($"{task.Name} was submitted before; a task runs once.");
        }

        try
        {
            SubmitNew(task);
        }
        catch
        {
            task.Unclaim();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Shutdown(bool wait = true, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            _shutdown = true;
            foreach (var loop in _loops)
            {
                loop.Close();
            }

            EndIfEmpty();
        }

        if (wait && !IsOwnThread)
        {
            using (EventLoop.EnterWait())
            {
                _ended.Task.Wait(cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public override void StopPending()
    {
        // What begins or moves from here on asks for it itself; what has, is on one of these loops by now.
        _stops.Add();
        EventLoop[] loops;
        lock (_gate)
        {
            loops = [.. _loops, .. _left];
        }

        TaskInfo.RequestStopOfAll([.. loops.SelectMany(static loop => loop.Begun).Where(_stops.Concern)], AsyncTaskStatus.Stopped);
        Array.ForEach(loops, static loop => loop.StopQueued());
    }

    internal override void SubmitNew(TaskInfo task)
    {
        if (AbandonedCount != 0)
        {
            // Called only then, as it makes a message: see EventLoop.Now for what that costs a method.
            ThrowIfTooManyAbandoned();
        }

        Place(task);
    }

    private void Place(TaskInfo task)
    {
        // A loop refuses only when it was closed after it had left the list; the next look finds another.
        while (!GetEventLoop().EventLoop.TryEnqueue(task))
        {
        }
    }

    private protected override void ThrowIfWaitWouldDeadlock()
    {
        // A loop that waits is no longer counted on: the pool adds one for the work waited for.
    }
}
