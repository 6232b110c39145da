using System.Management.Automation;

namespace AsyncExecutors.Commands;

/// <summary>
/// <para type="synopsis">Waits for tasks and writes their TaskResults in the order in which they end.</para>
/// </summary>
[Cmdlet(VerbsLifecycle.Wait, "AsyncTask")]
[OutputType(typeof(TaskResult))]
public sealed class WaitAsyncTaskCommand : AsyncCommand
{
    private TaskWait _wait = null!;
    private bool _anyWritten;

    /// <summary>
    /// <para type="description">The tasks, from Submit-AsyncTask.</para>
    /// </summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    [AllowEmptyCollection]
    public TaskInfo[] Task { get; set; } = [];

    /// <summary>
    /// <para type="description">Writes the result of the first task that ends, and waits for no other.</para>
    /// </summary>
    [Parameter]
    public SwitchParameter Any { get; set; }

    /// <summary>
    /// <para type="description">The seconds to wait at the most; fractions are allowed, 0 is no limit. The tasks go on; each that has not ended is an error.</para>
    /// </summary>
    [Parameter]
    [ValidateRange(0, MostSeconds)]
    public double TimeoutSeconds { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _wait = new TaskWait(this, Emit, StopToken);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var task in Task)
        {
            _wait.Add(task);
        }

        if (!Any)
        {
            _wait.Drain();
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(StopToken);
        limit.CancelAfter(Limit(TimeoutSeconds));

        _wait.Drain();
        try
        {
            while (_wait.Open.Count > 0 && !(Any && _anyWritten))
            {
                _wait.Wait(limit.Token);
                _wait.Drain();
            }
        }
        catch (OperationCanceledException)
        {
            if (StopToken.IsCancellationRequested)
            {
                throw new PipelineStoppedException();
            }

            foreach (var task in _wait.Open.OrderBy(static task => task.Id).ToArray())
            {
                WriteError(Failures.WaitTimedOut(task, TimeoutSeconds));
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _wait?.Dispose();
        base.Dispose(disposing);
    }

    private void Emit(TaskInfo task)
    {
        if (Any && _anyWritten)
        {
            return;
        }

        _anyWritten = true;
        var result = task.Result!;
        WriteAsItIs(result);
        ResultOutput.WriteFailure(this, result);
    }
}
