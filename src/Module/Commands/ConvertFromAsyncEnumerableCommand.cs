using System.Management.Automation;
using AsyncExecutors.Completion;
using AsyncExecutors.Coroutines;
using AsyncExecutors.Runspaces;
using AsyncExecutors.Tasks;

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
    /// <para type="description">The pool whose loops drive the sequence, or its name. Without it, the session's own.</para>
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    [PoolByName]
    [ArgumentCompleter(typeof(PoolNameCompleter))]
    public EventLoopPool? Pool { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var pool = PoolFor(Pool, IAsyncExecutor.DefaultMaxWorkers, block: null);
        ThrowIfPreparing(pool);
        if (SessionState.LanguageMode != PSLanguageMode.FullLanguage && Awaitable.HasForeignMethods(InputObject))
        {
            // Its methods are whatever its type makes of them, and a caller in this mode can call none.
            WriteError(Failures.MethodsNotAllowed(InputObject, SessionState.LanguageMode));
            return;
        }

        using var left = CancellationTokenSource.CreateLinkedTokenSource(StopToken);
        if (AsyncItems.Of(InputObject.BaseObject, left.Token) is not { } sequence)
        {
            WriteError(Failures.NotAsyncEnumerable(InputObject));
            return;
        }

        using var items = pool.Executor.WrapAsyncEnumerable(sequence, left.Token).GetEnumerator();
        try
        {
            while (MoveNext(pool, items))
            {
                WriteObject(items.Current);
            }
        }
        finally
        {
            // When the items are no longer wanted, nobody waits long for what the sequence does at its end.
            Cancel(left);
        }
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (AggregateException)
        {
            // Thrown by what the sequence has registered, which nobody asks any more.
        }
    }

    private bool MoveNext(EventLoopPool pool, IEnumerator<object?> items)
    {
        try
        {
            using (RunspaceOpening.GiveWay())
            {
                return items.MoveNext();
            }
        }
        catch (OperationCanceledException) when (StopToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (AbandonedThreadsException exception)
        {
            ThrowTerminatingError(Failures.TooManyAbandonedThreads(pool, exception));
            throw;
        }
        catch (Exception exception) when (exception is not PipelineStoppedException)
        {
            ThrowTerminatingError(Failures.Failed(Unwrap.Original(exception), InputObject));
            throw;
        }
    }
}
