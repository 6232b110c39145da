using System.Management.Automation;

namespace AsyncExecutors.Commands;

/// <summary>
/// <para type="synopsis">Stops tasks. Those that have not begun never do; those that run are asked to end.</para>
/// </summary>
[Cmdlet(VerbsLifecycle.Stop, "AsyncTask", SupportsShouldProcess = true)]
public sealed class StopAsyncTaskCommand : AsyncCommand
{
    /// <summary>
    /// <para type="description">The tasks, from Submit-AsyncTask. One that has ended stays as it is.</para>
    /// </summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    [AllowEmptyCollection]
    public TaskInfo[] Task { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var task in Task)
        {
            if (task.Result is null && ShouldProcess(task.Name, "Stop"))
            {
                task.Stop();
            }
        }
    }
}
