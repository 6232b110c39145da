using System.Management.Automation;
using AsyncExecutors.Coroutines;
using AsyncExecutors.Tasks;

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
    /// <para type="description">What to wait for: TaskInfo, TaskResult, .NET Task or ValueTask, any object with a GetAwaiter method, an IAsyncEnumerable (its items, as they come), or a TimeSpan (a pause). Of an array each, in order.</para>
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
            case TimeSpan time:
                Wait(Delay(time), time);
                break;
            default:
                if (SessionState.LanguageMode != PSLanguageMode.FullLanguage && Awaitable.HasForeignMethods(item))
                {
                    WriteError(Failures.MethodsNotAllowed(item, SessionState.LanguageMode));
                }
                else if (Awaitable.From(item) is { } awaitable)
                {
                    Receive(awaitable, item is Awaitable ? null : item);
                }
                else if (AsyncItems.Are(item))
                {
                    ReceiveItems(item!);
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
        using var wait = _wait = new TaskWait(this, ended => ResultOutput.Write(this, ended.Result!), StopToken);
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

    private void Receive(Awaitable awaitable, object? item)
    {
        var ended = awaitable.WaitAsync(StopToken);
        Wait(ended, item);
        var (hasResult, result) = ended.Result;
        if (hasResult)
        {
            WriteObject(result, enumerateCollection: true);
        }
    }

    private void ReceiveItems(object sequence)
    {
        var items = AsyncItems.Read(sequence, StopToken);
        try
        {
            for (var step = items.MoveNextAsync(); Next(step, sequence); step = items.MoveNextAsync())
            {
                WriteObject(items.Current);
            }
        }
        finally
        {
            WaitFor(items.DisposeAsync().AsTask());
        }
    }

    private bool Next(Task<bool> step, object sequence)
    {
        Wait(step, sequence);
        return step.Result;
    }

    private Task Delay(TimeSpan time)
    {
        try
        {
            return System.Threading.Tasks.Task.Delay(time, TimeProvider.System, StopToken);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            return System.Threading.Tasks.Task.FromException(exception);
        }
    }

    /// <summary>Waits for a task. Its failure ends the cmdlet.</summary>
    private void Wait(Task task, object? target)
    {
        WaitFor(task);
        if (!task.IsCompletedSuccessfully)
        {
            // The original exception, as C#'s await throws it: try/catch around `await $task` catches it by its type.
            var exception = Unwrap.Original(task.Exception is { } all ? all : new TaskCanceledException(task));
            ThrowTerminatingError(Failures.Failed(exception, target));
        }
    }
}
