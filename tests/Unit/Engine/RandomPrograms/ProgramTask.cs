namespace AsyncExecutors.Tests.Engine.RandomPrograms;

/// <summary>A task as <see cref="ProgramRun"/> knows it: what was wanted of it, and what was seen.</summary>
internal sealed class Tracked(Step step)
{
    private int _begun;
    private int _ended;
    private int _told;

    internal Step Step => step;

    /// <summary>Null when the task was refused, or when nobody outside can have it.</summary>
    internal TaskInfo? Task { get; set; }

    /// <summary>True when <see cref="TaskInfo.Stop"/> was about to be called; it need not have been in time.</summary>
    internal bool MayBeStopped { get; private set; }

    /// <summary>True when it said that it is what ends the task.</summary>
    internal bool WasStopped { get; private set; }

    /// <summary>How often the code was entered, and left.</summary>
    internal (int Begun, int Ended) Code => (Volatile.Read(ref _begun), Volatile.Read(ref _ended));

    internal int Told => Volatile.Read(ref _told);

    internal void CodeBegins() => Interlocked.Increment(ref _begun);

    internal void CodeEnds() => Interlocked.Increment(ref _ended);

    internal void IsTold() => Interlocked.Increment(ref _told);

    internal void Stop()
    {
        MayBeStopped = true;
        WasStopped |= Task!.Stop();
    }
}

/// <summary>A task of a type of its own, which counts itself among those that have begun and not ended.</summary>
internal sealed class ProgramTask(Tracked tracked, TaskOptions options, Func<CancellationToken, Task<int>> code, Workers? workers)
    : TaskInfo<int>(options)
{
    private readonly CancellationTokenSource _cancellation = new();

    internal Tracked Tracked => tracked;

    protected override Task OnStart()
    {
        workers?.Begin(this);
        return code(_cancellation.Token);
    }

    protected override void OnStop() => _ = _cancellation.CancelAsync();

    protected override TaskResult CreateResult(AsyncTaskStatus status, Exception? exception, Task? body) =>
        new(status, (body as Task<int>)?.Result, exception);
}

/// <summary>Counts the tasks that have begun and not ended.</summary>
internal sealed class Workers : ITaskObserver
{
    private readonly HashSet<TaskInfo> _active = [];
    private readonly HashSet<TaskInfo> _ended = [];
    private int _most;

    internal int Most
    {
        get
        {
            lock (_active)
            {
                return _most;
            }
        }
    }

    public void OnEnded(TaskInfo task, TaskResult result)
    {
        lock (_active)
        {
            _active.Remove(task);
            _ended.Add(task);
        }

        ((ProgramTask)task).Tracked.IsTold();
    }

    internal void Begin(TaskInfo task)
    {
        lock (_active)
        {
            // The grace period may have ended it between its beginning and here.
            if (!_ended.Contains(task))
            {
                _active.Add(task);
                _most = Math.Max(_most, _active.Count);
            }
        }
    }
}
