using System.Collections.Concurrent;
using System.Management.Automation;
using AsyncExecutors.Callers;
using AsyncExecutors.Commands;
using AsyncExecutors.Coroutines;
using AsyncExecutors.Runspaces;
using AsyncExecutors.Streams;

namespace AsyncExecutors.Tasks;

/// <summary>A script block with its input, as a task: runs the block on its loop, then awaits what it wrote that can be awaited.</summary>
internal sealed class ScriptTask : TaskInfo<object?>
{
    private ConcurrentQueue<ErrorRecord>? _errors;
    private readonly object? _input;
    private CancellationTokenSource? _awaiting;
    private CancellationTokenSource? _afterEnd;

    /// <param name="call">The call.</param>
    /// <param name="inputObject">The input, as <see cref="CallerCode.In"/> gives it.</param>
    /// <param name="options">Name, index and time.</param>
    internal ScriptTask(ScriptCall call, object? inputObject, in TaskOptions options)
        : base(options)
    {
        Call = call;
        _input = PlainObject.Of(inputObject);
        Live = call.Records.OutputOf(this);
        call.TaskMade();
    }

    internal ScriptCall Call { get; }

    /// <summary>What the block has as <c>$_</c>, once it is bound to a loop's runspace.</summary>
    internal object? BlockInput => _input;

    /// <summary>The input, as the caller gave it. Public for scripts, which see a task by its type's public members.</summary>
    public object? InputObject => _input is CallerCode code ? code.Original : _input;

    /// <summary>What the block has written so far; nothing when it is <see cref="Live"/>. Added to by the loop's thread.</summary>
    internal List<object?> Written { get; } = [];

    /// <summary>Where output goes as it is written; null when it is collected.</summary>
    internal TaskOutput? Live { get; }

    internal bool IsStopping => IsStopRequested;

    internal bool HasResult => Result is not null;

    /// <summary>Cancelled when the task is asked to stop.</summary>
    internal CancellationToken StopToken => TokenOf(ref _awaiting);

    /// <summary>Cancelled when the task has ended, with its code or without.</summary>
    internal CancellationToken EndedToken => TokenOf(ref _afterEnd);

    /// <summary>A line for a log: the name, the input, the status and the loop.</summary>
    /// <returns>The line.</returns>
    public override string ToString()
    {
        var line = $"{Title} {Status}";
        return EventLoop is { } loop ? $"{line} on {loop.Name}" : line;
    }

    /// <summary>The block has written to a stream other than output. Loop thread.</summary>
    internal void OnRecord(StreamRecord record)
    {
        if (Result is not null)
        {
            // Given up before: what it still writes reaches nobody.
            return;
        }

        if (record.Record is ErrorRecord error)
        {
            AddError(error);
        }

        Call.Records.Add(this, record);
    }

    /// <summary>Does what the loop needs before it can run the task; the task's time begins afterwards.</summary>
    internal void PrepareLoop(Action preparation) => Prepare(preparation);

    protected override Task? OnStart()
    {
        var host = (RunspaceLoopHost)EventLoop!.Host!;
        Call.Records.Begin(this);
        if (Call.Plan is { } plan)
        {
            return RunSuspending(new Coroutine(this, host, plan));
        }

        Exception? failure = null;
        try
        {
            host.Invoke(this);
        }
        catch (FlowControlException)
        {
            // break, continue or exit in the block, with nothing around it to end but the block.
        }
        catch (Exception exception) when (!IsStopRequested)
        {
            failure = FailureOf(exception);
        }

        return AfterBlock(failure);
    }

    protected override void OnStop()
    {
        // A block that is about to run looks at IsStopRequested under the host's lock; one that waits at this token.
        (EventLoop!.Host as RunspaceLoopHost)?.Stop(this);
        Interlocked.CompareExchange(ref _awaiting, Cancelled.Source, null)?.Cancel();
    }

    protected override string Title => Failures.Named(Name, InputObject);

    protected override TaskResult CreateResult(AsyncTaskStatus status, Exception? exception, Task? body)
    {
        // Copied where the block may still be adding, or what it wrote was not awaited to the end.
        var written = IsStopRequested ? WrittenBeforeStop() : Written;
        return new ScriptTaskResult(status, written, exception, InputObject, Volatile.Read(ref _errors) is { } errors ? [.. errors] : []);
    }

    protected override void OnEnded()
    {
        Interlocked.CompareExchange(ref _afterEnd, Cancelled.Source, null)?.Cancel();
        Call.TaskEnded();
    }

    private static CancellationToken TokenOf(ref CancellationTokenSource? source)
    {
        if (Volatile.Read(ref source) is { } there)
        {
            return there.Token;
        }

        var made = new CancellationTokenSource();
        return (Interlocked.CompareExchange(ref source, made, null) ?? made).Token;
    }

    private async Task RunSuspending(Coroutine coroutine)
    {
        Exception? failure = null;
        try
        {
            await coroutine.RunAsync();
        }
        catch (FlowControlException)
        {
            // As in OnStart.
        }
        catch (Exception exception) when (!IsStopRequested)
        {
            failure = FailureOf(exception);
        }

        if (AfterBlock(failure) is { } rest)
        {
            await rest;
        }
    }

    /// <summary>The error that ended the block: its record has the exception itself, as in <c>$Error</c>.</summary>
    private Exception FailureOf(Exception exception)
    {
        var original = Unwrap.Original(exception);
        AddError((exception as IContainsErrorRecord)?.ErrorRecord is { } record
            ? new ErrorRecord(record, exception)
            : Failures.Failed(original, InputObject));
        return original;
    }

    /// <summary>The block has ended; what it wrote may have to be waited for.</summary>
    private Task? AfterBlock(Exception? failure)
    {
        if (failure is not null)
        {
            return Live is { Sent.IsCompletedSuccessfully: false } ? FailOnceSent(failure) : throw failure;
        }

        if (Live is not null)
        {
            return Live.Sent.IsCompletedSuccessfully ? null : AwaitSent();
        }

        return Awaitable.AnyIn(Written) && !IsStopRequested ? AwaitWritten() : null;
    }

    /// <summary>Replaces each awaitable by its result; one without a result leaves nothing.</summary>
    private async Task AwaitWritten()
    {
        var token = StopToken;
        for (var i = 0; i < Written.Count; i++)
        {
            if (Awaitable.Is(Written[i]))
            {
                try
                {
                    Call.ThrowIfNotAllowed(Written[i]);
                    var awaitable = Awaitable.From(Written[i])!;
                    var (hasResult, result) = await awaitable.WaitAsync(token).ConfigureAwait(false);
                    if (hasResult)
                    {
                        Written[i] = result;
                    }
                    else
                    {
                        Written.RemoveAt(i--);
                    }
                }
                catch (Exception exception) when (!token.IsCancellationRequested)
                {
                    Written.RemoveRange(i, Written.Count - i);
                    throw AwaitedTaskFailed(exception);
                }
            }
        }
    }

    /// <summary>Waits until what was written behind awaitables has been sent.</summary>
    private async Task AwaitSent()
    {
        try
        {
            await Live!.Sent.ConfigureAwait(false);
        }
        catch (Exception exception) when (!IsStopRequested)
        {
            throw AwaitedTaskFailed(exception);
        }
    }

    /// <summary>The block has failed: what it wrote before comes first, as far as it can.</summary>
    private async Task FailOnceSent(Exception failure)
    {
        try
        {
            await Live!.Sent.ConfigureAwait(false);
        }
        catch (Exception)
        {
            // One failure is enough, and the block's own says more.
        }

        throw failure;
    }

    private Exception AwaitedTaskFailed(Exception exception)
    {
        var original = Unwrap.Original(exception);
        AddError(Failures.AwaitedTaskFailed(original, InputObject));
        return original;
    }

    /// <summary>Few tasks have errors, so the queue is made for those that do. Any thread.</summary>
    private void AddError(ErrorRecord error)
    {
        var errors = Volatile.Read(ref _errors);
        if (errors is null)
        {
            var made = new ConcurrentQueue<ErrorRecord>();
            errors = Interlocked.CompareExchange(ref _errors, made, null) ?? made;
        }

        errors.Enqueue(error);
    }

    private List<object?> WrittenBeforeStop()
    {
        var count = Written.Count;
        return [.. Enumerable.Range(0, count).Select(i => Written[i]).Where(static item => !Awaitable.Is(item))];
    }

    private static class Cancelled
    {
        internal static readonly CancellationTokenSource Source = Make();

        private static CancellationTokenSource Make()
        {
            var source = new CancellationTokenSource();
            source.Cancel();
            return source;
        }
    }
}
