using System.Collections.Concurrent;
using System.Management.Automation;
using AsyncExecutors.Streams;
using AsyncExecutors.Tasks;

namespace AsyncExecutors.Jobs;

/// <summary>
/// A call's tasks as a PowerShell job, with a child job for each: for <c>Get-Job</c>, <c>Wait-Job</c>, <c>Receive-Job</c>,
/// <c>Stop-Job</c> and <c>Remove-Job</c>.
/// </summary>
/// <remarks>Thread safety: as PowerShell's own jobs.</remarks>
public sealed class AsyncJob : AsyncJobBase, ITaskObserver, IRecordSink
{
    private readonly ConcurrentDictionary<TaskInfo, AsyncChildJob> _open = new();
    private readonly OutputRoom _room = new(int.MaxValue);
    private readonly TaskGroup _group;
    private readonly TimeSpan _limit;
    private readonly string _childCommand;
    private ITimer? _timer;

    /// <summary>Why a module that the tasks need could not be imported; null when none is missing.</summary>
    private Exception? _importFailure;

    /// <summary>The tasks that have not ended, and one for input that may still come.</summary>
    private int _left = 1;

    internal AsyncJob(EventLoopPool pool, string command, string? name, int maxWorkers, TimeSpan limit)
        : base(command, name)
    {
        _childCommand = command;
        _limit = limit;
        Location = pool.Name;
        _group = new TaskGroup(pool.Executor, maxWorkers, this);
    }

    /// <summary>The name of the pool.</summary>
    public override string Location { get; }

    /// <summary>True while a task runs, and as long as there is something to receive from one.</summary>
    public override bool HasMoreData => !IsFinished || ChildJobs.Any(static child => child.HasMoreData);

    /// <inheritdoc/>
    void ITaskObserver.OnEnded(TaskInfo task, TaskResult result)
    {
        var failure = ((ScriptTask)task).Call.Modules?.Failure;
        var didNotRun = failure is not null && ReferenceEquals(result.Exception, failure.Exception);
        if (didNotRun && Interlocked.CompareExchange(ref _importFailure, failure!.Exception, null) is null)
        {
            // One error, and the job's: not one for each task.
            _group.Stop();
        }

        if (_open.TryRemove(task, out var child))
        {
            if (didNotRun)
            {
                child.EndWithoutRun();
            }
            else
            {
                child.End(result);
            }
        }

        CountDown();
    }

    /// <inheritdoc/>
    void IRecordSink.Add(ScriptTask task, StreamRecord record)
    {
        if (record.Record is ProgressRecord)
        {
            ChildOf(task)?.Add(record);
        }
        else
        {
            task.Live!.Send(record);
        }
    }

    /// <inheritdoc/>
    void IRecordSink.Begin(ScriptTask task) => ChildOf(task)?.Begin();

    /// <inheritdoc/>
    TaskOutput? IRecordSink.OutputOf(ScriptTask task) => new(task, Deliver, _room, waitsForOthers: false);

    /// <summary>Adds a task, and begins it if there is room for it.</summary>
    internal void Add(ScriptTask task)
    {
        var child = new AsyncChildJob(task, _childCommand, Location);
        _open[task] = child;
        Interlocked.Increment(ref _left);
        try
        {
            _group.Add(task);
        }
        catch
        {
            Interlocked.Decrement(ref _left);
            throw;
        }

        ChildJobs.Add(child);
    }

    /// <summary>All input has come: from here on the job is its owner's.</summary>
    internal void InputEnded()
    {
        SetState(JobState.Running, null);
        if (_limit != Timeout.InfiniteTimeSpan)
        {
            _timer = TimeProvider.System.CreateTimer(
                static group => ((TaskGroup)group!).Stop(AsyncTaskStatus.TimedOut), _group, _limit, Timeout.InfiniteTimeSpan);
        }

        CountDown();
    }

    private protected override void BeginStop() => _group.Stop();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _group.Stop();
            _timer?.Dispose();
            foreach (var child in ChildJobs)
            {
                child.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private AsyncChildJob? ChildOf(ScriptTask task) => _open.GetValueOrDefault(task);

    private void Deliver(TaskItem item)
    {
        item.Room?.GiveBack();
        ChildOf(item.Task)?.Add(item.Value);
    }

    private void CountDown()
    {
        if (Interlocked.Decrement(ref _left) != 0)
        {
            return;
        }

        _timer?.Dispose();
        if (Volatile.Read(ref _importFailure) is { } reason)
        {
            SetState(JobState.Failed, reason);
            return;
        }

        var states = ChildJobs.Select(static child => child.JobStateInfo.State).ToHashSet();
        SetState(
            states.Contains(JobState.Failed) ? JobState.Failed : states.Contains(JobState.Stopped) ? JobState.Stopped : JobState.Completed,
            null);
    }
}
