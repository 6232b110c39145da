using System.Management.Automation;
using AsyncExecutors.Coroutines;

namespace AsyncExecutors.Commands;

/// <summary>
/// <para type="synopsis">Waits for tasks and writes their output itself. A failure is an error. Alias: await.</para>
/// </summary>
[Cmdlet(VerbsCommunications.Receive, "AsyncTask")]
[Alias("await")]
public sealed class ReceiveAsyncTaskCommand : AsyncCommand
{
    private TaskWait? _wait;

    /// <summary>
    /// <para type="description">What to wait for: TaskInfo, TaskResult, .NET Task or ValueTask, or any object with a GetAwaiter method. Of an array each, in order.</para>
    /// </summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[]? Task { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var item in Task ?? [null])
        {
            Receive(item is PSObject wrapped ? wrapped.BaseObject : item);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _wait?.Dispose();
        base.Dispose(disposing);
    }

    private void Receive(object? item)
    {
        switch (item)
        {
            case TaskInfo task:
                Receive(task);
                break;
            case TaskResult result:
                ResultOutput.Write(this, result);
                break;
            default:
                if (Awaitable.From(item) is { } awaitable)
                {
                    Receive(awaitable, item!);
                }
                else
                {
                    WriteError(Failures.NotAwaitable(item));
                }

                break;
        }
    }

    private void Receive(TaskInfo task)
    {
        using var wait = _wait = new TaskWait(this, ended => ResultOutput.Write(this, ended.Result!));
        wait.Add(task);
        try
        {
            for (wait.Drain(); wait.Open.Count > 0; wait.Drain())
            {
                wait.Wait(StopToken);
            }
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    private void Receive(Awaitable awaitable, object item)
    {
        var ended = awaitable.WaitAsync(StopToken);
        WaitFor(ended);
        if (ended.IsCompletedSuccessfully)
        {
            var (hasResult, result) = ended.Result;
            if (hasResult)
            {
                WriteObject(result, enumerateCollection: true);
            }

            return;
        }

        // The original exception, as C#'s await throws it: try/catch around `await $task` catches it by its type.
        var exception = Unwrap.Original(ended.Exception is { } all ? all : new TaskCanceledException(ended));
        ThrowTerminatingError(Failures.Failed(exception, item));
    }
}
