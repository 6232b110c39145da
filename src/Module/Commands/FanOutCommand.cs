using AsyncExecutors.Coroutines;

namespace AsyncExecutors.Commands;

/// <summary>What the cmdlets share that wait for their tasks.</summary>
public abstract class FanOutCommand : BlockCommand
{
    private FanOut? _fanOut;

    private protected sealed override IRecordSink Records => _fanOut!;

    private protected abstract bool IsOrdered { get; }

    private protected virtual TimeSpan CallLimit => Timeout.InfiniteTimeSpan;

    private protected abstract void Emit(TaskResult result);

    private protected sealed override void Prepare() =>
        _fanOut = new FanOut(this, ActualPool, MaxLoops, IsOrdered, Emit, CallLimit, StopToken);

    private protected sealed override void Give(ScriptTask task) => _fanOut!.Add(task);

    /// <inheritdoc/>
    protected sealed override void EndProcessing()
    {
        base.EndProcessing();
        _fanOut!.Finish();
    }

    /// <inheritdoc/>
    protected sealed override void StopProcessing()
    {
        // All at once, and before the pipeline's thread has woken.
        _fanOut?.Dispose();
        base.StopProcessing();
    }

    /// <inheritdoc/>
    protected sealed override void Dispose(bool disposing)
    {
        _fanOut?.Dispose();
        base.Dispose(disposing);
    }
}
