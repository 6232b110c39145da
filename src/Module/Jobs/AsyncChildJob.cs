using System.Management.Automation;
using AsyncExecutors.Commands;
using AsyncExecutors.Streams;
using AsyncExecutors.Tasks;

namespace AsyncExecutors.Jobs;

/// <summary>The job of one task: its streams, and how it ended.</summary>
/// <remarks>Thread safety: as PowerShell's own jobs; its streams are filled on the task's loop.</remarks>
public sealed class AsyncChildJob : AsyncJobBase
{
    private readonly ScriptTask _task;
    private readonly object _gate = new();

    /// <summary>Guarded by <c>_gate</c>: nothing is added any more.</summary>
    private bool _isOver;

    internal AsyncChildJob(ScriptTask task, string command, string location)
        : base(command, name: null)
    {
        _task = task;
        Location = location;
    }

    /// <summary>The name of the pool.</summary>
    public override string Location { get; }

    /// <summary>The task.</summary>
    public TaskInfo Task => _task;

    /// <summary>What the block had as <c>$_</c>.</summary>
    public object? InputObject => _task.InputObject;

    /// <summary>True while the task runs, and as long as there is something to receive.</summary>
    public override bool HasMoreData =>
        !IsFinished || Output.Count + Error.Count + Warning.Count + Verbose.Count + Debug.Count + Information.Count + Progress.Count > 0;

    internal void Begin()
    {
        lock (_gate)
        {
            if (!_isOver)
            {
                SetState(JobState.Running, null);
            }
        }
    }

    internal void Add(object? written)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                // A block that was given up: what it still writes reaches nobody.
                return;
            }

            switch (written)
            {
                case StreamRecord record:
                    record.AddTo(this);
                    break;
                default:
                    Output.Add(written is null ? null! : PSObject.AsPSObject(written));
                    break;
            }
        }
    }

    internal void End(TaskResult result)
    {
        Close();
        var (state, reason) = result.Status switch
        {
            AsyncTaskStatus.Succeeded => (JobState.Completed, null),
            AsyncTaskStatus.Stopped => (JobState.Stopped, new PipelineStoppedException(result.Exception!.Message)),
            _ => (JobState.Failed, Failures.JobReason(result)),
        };
        SetState(state, reason);
    }

    /// <summary>The task has not run, for a reason that is the whole job's.</summary>
    internal void EndWithoutRun()
    {
        Close();
        SetState(JobState.Stopped, null);
    }

    private protected override void BeginStop() => _task.Stop();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _task.Stop();
        }

        base.Dispose(disposing);
    }

    private void Close()
    {
        lock (_gate)
        {
            _isOver = true;
        }
    }
}
