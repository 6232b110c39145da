using System.Management.Automation;

namespace AsyncExecutors.Commands;

/// <summary>
/// <para type="synopsis">Runs a script block on an event loop, waits for it, and writes what it wrote. A failure is an error.</para>
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "AsyncTask")]
public sealed class InvokeAsyncTaskCommand : FanOutCommand
{
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

    private protected override FanOutOptions FanOutOptions => new() { MaxWorkers = MaxLoops, IsOrdered = true, StreamsOutput = true };

    private protected override TaskOptions Options => new() { Name = Name, Timeout = Limit(TimeoutSeconds) };

    private protected override void Emit(TaskResult result) => ResultOutput.WriteFailure(this, result);
}
