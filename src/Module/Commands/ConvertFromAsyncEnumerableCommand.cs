using System.Management.Automation;
using AsyncExecutors.Coroutines;

namespace AsyncExecutors.Commands;

/// <summary>
/// <para type="synopsis">Writes the items of an asynchronous sequence as they come.</para>
/// </summary>
[Cmdlet(VerbsData.ConvertFrom, "AsyncEnumerable")]
public sealed class ConvertFromAsyncEnumerableCommand : AsyncCommand
{
    /// <summary>
    /// <para type="description">The sequence: an IAsyncEnumerable of any type.</para>
    /// </summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject InputObject { get; set; } = null!;

    /// <summary>
    /// <para type="description">The pool whose loops drive the sequence. Without it, the session's own.</para>
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public EventLoopPool? Pool { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var pool = PoolFor(Pool, IAsyncExecutor.DefaultMaxWorkers);
        if (AsyncItems.Of(InputObject.BaseObject, StopToken) is not { } sequence)
        {
            WriteError(Failures.NotAsyncEnumerable(InputObject));
            return;
        }

        using var items = pool.Executor.WrapAsyncEnumerable(sequence, StopToken).GetEnumerator();
        while (MoveNext(items))
        {
            WriteObject(items.Current);
        }
    }

    private bool MoveNext(IEnumerator<object?> items)
    {
        try
        {
            return items.MoveNext();
        }
        catch (OperationCanceledException) when (StopToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (Exception exception) when (exception is not PipelineStoppedException)
        {
            ThrowTerminatingError(Failures.Failed(Unwrap.Original(exception), InputObject));
            throw;
        }
    }
}
