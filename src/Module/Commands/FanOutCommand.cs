using AsyncExecutors.Tasks;

namespace AsyncExecutors.Commands;

/// <summary>What the cmdlets share that wait for their tasks.</summary>
public abstract class FanOutCommand : BlockCommand
{
    private FanOut? _fanOut;
    private CallProgress? _progress;

    private protected sealed override IRecordSink Records => _fanOut!;

    /// <summary>How the tasks are run.</summary>
    private protected abstract FanOutOptions FanOutOptions { get; }

    private protected abstract void Emit(TaskResult result);

    private protected virtual bool ShowsProgress => false;

    private protected sealed override void Prepare()
    {
        ThrowIfPreparing(ActualPool);
        _progress = ShowsProgress ? CallProgress.Begin(this) : null;
        _fanOut = new FanOut(this, ActualPool, FanOutOptions, EmitOrEnd, _progress, StopToken);
    }

    private protected sealed override void Give(ScriptTask task) => _fanOut!.Add(task);

    private protected sealed override void InputPauses() => _fanOut?.Pause();

    /// <summary>A module that cannot be imported is one error and the end of the call, not an error for each task.</summary>
    private void EmitOrEnd(TaskResult result)
    {
        if (Brought.Modules?.Failure is { } failure)
        {
            ThrowTerminatingError(failure);
        }

        Emit(result);
    }

    /// <inheritdoc/>
    protected sealed override void EndProcessing()
    {
        base.EndProcessing();
        _fanOut?.Finish();
        _progress?.Dispose();
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
        _progress?.Dispose();
        base.Dispose(disposing);
    }
}
