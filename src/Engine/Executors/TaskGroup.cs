namespace AsyncExecutors;

/// <summary>
/// Tasks of which never more than so many have begun and not ended. The others wait here, and each takes the place of
/// one that has ended.
/// </summary>
/// <remarks>
/// <para>Every task added is told of exactly once, whatever becomes of the group and its executor.</para>
/// <para>Thread safety: all members may be used from any thread at any time.</para>
/// </remarks>
public sealed class TaskGroup : ITaskObserver
{
    private readonly IAsyncExecutor _executor;
    private readonly ITaskObserver _observer;
    private readonly object _gate = new();

    /// <summary>Guarded by <c>_gate</c>.</summary>
    private readonly HashSet<TaskInfo> _active = [];

    /// <summary>Guarded by <c>_gate</c>.</summary>
    private readonly Queue<TaskInfo> _waiting = new();

    /// <summary>How many tasks were added.</summary>
    private int _count;

    /// <summary>How many are in the two. Written under <c>_gate</c> when a task has all its places, read without.</summary>
    private int _open;

    /// <summary>Guarded by <c>_gate</c>.</summary>
    private bool _stopped;

    /// <summary>Guarded by <c>_gate</c>; read without once <c>_stopped</c> was seen.</summary>
    private AsyncTaskStatus _stopReason;

    /// <summary>Makes an empty group.</summary>
    /// <param name="executor">Where the tasks run.</param>
    /// <param name="maxWorkers">How many may have begun and not ended.</param>
    /// <param name="observer">Is told of each task's end.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxWorkers"/> is not positive.</exception>
    public TaskGroup(IAsyncExecutor executor, int maxWorkers, ITaskObserver observer)
    {
        ArgumentNullException.ThrowIfNull(executor);
        ArgumentNullException.ThrowIfNull(observer);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxWorkers, 1);
        _executor = executor;
        MaxWorkers = maxWorkers;
        _observer = observer;
    }

    /// <summary>How many may have begun and not ended.</summary>
    public int MaxWorkers { get; }

    /// <summary>How many wait for a place; while others add and end, how many did a moment ago.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>How many have not ended; while others add and end, how many had not a moment ago.</summary>
    public int OpenCount => Volatile.Read(ref _open);

    /// <summary>
    /// Adds a task, numbers it, and begins it if there is room. When the group was stopped the task is, at once.
    /// </summary>
    /// <param name="task">A task that no executor has been given.</param>
    /// <exception cref="ArgumentNullException"><paramref name="task"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">
    /// The executor was shut down and this is the first task; the task is not told of. Later ones are stopped; what has begun goes on.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The executor cannot run tasks any more, or has been given this one already, and this is the first task; it is not
    /// told of. Later ones fail, but for one that runs somewhere: its end is its own.
    /// </exception>
    public void Add(TaskInfo task)
    {
        ArgumentNullException.ThrowIfNull(task);
        task.Index = Interlocked.Increment(ref _count) - 1;
        if (!task.Observe(this))
        {
            // It was stopped before it came here.
            var result = task.Result!;
            result.Index = task.Index;
            _observer.OnEnded(task, result);
            return;
        }

        bool start;
        bool stop;
        lock (_gate)
        {
            // One that is stopped just now is told of by whoever does it, and takes no place.
            stop = _stopped || task.HasEnded;
            start = !stop && _active.Count < MaxWorkers;
            if (start)
            {
                _active.Add(task);
            }
            else if (!stop)
            {
                _waiting.Enqueue(task);
            }

            NoteOpen();
        }

        if (stop)
        {
            task.RequestStop(_stopReason);
        }
        else if (start)
        {
            Submit(task, isFirst: task.Index == 0);
        }
    }

    /// <summary>Stops every task that has not ended, and those added later. Does not wait.</summary>
    public void Stop() => Stop(AsyncTaskStatus.Stopped);

    /// <inheritdoc cref="Stop()"/>
    /// <param name="reason">How the tasks are to end: as stopped, or as timed out when the time of the whole call is over.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="reason"/> is neither of the two.</exception>
    public void Stop(AsyncTaskStatus reason)
    {
        if (reason is not (AsyncTaskStatus.Stopped or AsyncTaskStatus.TimedOut))
        {
            throw new ArgumentOutOfRangeException(nameof(reason), reason, "Tasks are stopped or timed out.");
        }

        TaskInfo[] tasks;
        lock (_gate)
        {
            _stopped = true;
            _stopReason = _stopReason == default ? reason : _stopReason;
            tasks = [.. _active, .. _waiting];
            _waiting.Clear();
            NoteOpen();
        }

        TaskInfo.RequestStopOfAll(tasks, reason);
    }

    /// <inheritdoc/>
    void ITaskObserver.OnEnded(TaskInfo task, TaskResult result)
    {
        try
        {
            _observer.OnEnded(task, result);
        }
        finally
        {
            TakePlaceOf(task);
        }
    }

    /// <summary>Begins the next one, if the task held a place.</summary>
    private void TakePlaceOf(TaskInfo task)
    {
        TaskInfo? next = null;
        lock (_gate)
        {
            if (!_active.Remove(task))
            {
                // Stopped while it waited: it held no place.
                return;
            }

            while (_waiting.TryDequeue(out next) && next.HasEnded)
            {
            }

            if (next is not null)
            {
                _active.Add(next);
            }

            NoteOpen();
        }

        if (next is not null)
        {
            Submit(next, isFirst: false);
        }
    }

    /// <summary>
    /// A task was refused: those that wait for a place end with it, all at once and not each in the end of the one before. What has
    /// begun goes on, and what another thread hands over just now is refused there, or taken.
    /// </summary>
    /// <param name="refused">The task, which holds a place.</param>
    /// <param name="stops">True when later ones are not to be tried.</param>
    private IEnumerable<TaskInfo> EndingWith(TaskInfo refused, bool stops)
    {
        lock (_gate)
        {
            if (stops && !_stopped)
            {
                _stopped = true;
                _stopReason = AsyncTaskStatus.Stopped;
            }

            TaskInfo[] tasks = [refused, .. _waiting];
            _waiting.Clear();
            NoteOpen();
            return tasks;
        }
    }

    /// <summary>Under <c>_gate</c>. Of a task on its way from one place to the other nobody sees that it is in neither.</summary>
    private void NoteOpen() => Volatile.Write(ref _open, _active.Count + _waiting.Count);

    private void Submit(TaskInfo task, bool isFirst)
    {
        try
        {
            _executor.Submit(task);
        }
        catch when (!isFirst && task.EventLoop is not null)
        {
            // A loop has it, and what failed came afterwards, such as the pool's look at what waits: the loop ends it, and so begins
            // the next.
        }
        catch (ObjectDisposedException) when (!isFirst)
        {
            // The executor was shut down under the call: what had not begun by then ends as stopped.
            foreach (var ending in EndingWith(task, stops: true))
            {
                ending.Stop();
            }
        }
        catch (Exception exception) when (!isFirst && exception is not ObjectDisposedException)
        {
            // All the executor's loops broke down, or too many threads are left behind for now.
            foreach (var ending in EndingWith(task, stops: false))
            {
                ending.Fail(exception);
            }
        }
        catch
        {
            // Others may have been added meanwhile, and wait for its place.
            TakePlaceOf(task);
            if (task.StopObserving())
            {
                throw;
            }

            // It was stopped meanwhile and so told of.
        }
    }
}
