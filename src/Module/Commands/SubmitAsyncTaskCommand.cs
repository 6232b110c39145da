using System.Management.Automation;
using AsyncExecutors.Jobs;
using AsyncExecutors.Streams;
using AsyncExecutors.Tasks;

namespace AsyncExecutors.Commands;

/// <summary>
/// <para type="synopsis">Hands a script block to an event loop and goes on at once; writes a TaskInfo per input.</para>
/// </summary>
[Cmdlet(VerbsLifecycle.Submit, "AsyncTask")]
[OutputType(typeof(TaskInfo), typeof(AsyncJob))]
public sealed class SubmitAsyncTaskCommand : BlockCommand
{
    private int _count;

    /// <summary>
    /// <para type="description">A name for the task, for logs and messages.</para>
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>
    /// <para type="description">The seconds each task may take, from its start; fractions are allowed, 0 is no limit.</para>
    /// </summary>
    [Parameter]
    [ValidateRange(0, MostSeconds)]
    public double TimeoutSeconds { get; set; }

    /// <summary>
    /// <para type="description">Returns one job for all tasks, with a child job for each, instead of TaskInfo objects.</para>
    /// </summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    private protected override bool RunsAsJob => AsJob;

    private protected override string? JobName => Name;

    private protected override IRecordSink Records => TaskRecords.Instance;

    private protected override void Prepare()
    {
    }

    private protected override TaskOptions Options => new() { Name = Name, Index = _count, Timeout = Limit(TimeoutSeconds) };

    private protected override void Give(ScriptTask task)
    {
        ActualPool.Executor.Submit(task);
        _count++;
        WriteAsItIs(task);
    }
}
