using System.Management.Automation;
using AsyncExecutors.Callers;
using AsyncExecutors.Completion;
using AsyncExecutors.Jobs;
using AsyncExecutors.Runspaces;
using AsyncExecutors.Streams;
using AsyncExecutors.Tasks;

namespace AsyncExecutors.Commands;

/// <summary>What the cmdlets that run script blocks share: the block, its arguments and its input.</summary>
public abstract class BlockCommand : AsyncCommand
{
    private ScriptCall? _call;
    private AsyncJob? _job;
    private PipelineInput? _input;
    private bool _any;

    /// <summary>
    /// <para type="description">The code of each task. $_ is the input, param() or $args the arguments, and $using: the caller's variables.</para>
    /// </summary>
    [Parameter(Position = 0)]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>
    /// <para type="description">The input: one task for each object. Without -ScriptBlock each must be a script block, and is the task.</para>
    /// </summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    public PSObject? InputObject { get; set; }

    /// <summary>
    /// <para type="description">The arguments of the block.</para>
    /// </summary>
    [Parameter]
    [AllowNull]
    [AllowEmptyCollection]
    [Alias("Args")]
    public object?[]? ArgumentList { get; set; }

    /// <summary>
    /// <para type="description">The pool that runs the tasks, or its name. Without it, the session's own: it starts with one loop and adds loops while tasks wait and every loop is held.</para>
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    [PoolByName]
    [ArgumentCompleter(typeof(PoolNameCompleter))]
    public EventLoopPool? Pool { get; set; }

    /// <summary>The pool that runs the tasks, once the cmdlet has begun.</summary>
    private protected EventLoopPool ActualPool { get; private set; } = null!;

    /// <summary>What the cmdlet's parameters bring into the tasks, once it has begun.</summary>
    private protected CallerState Brought { get; private set; } = CallerState.None;

    /// <summary>How many loops the session's own pool may have for this call.</summary>
    private protected virtual int MaxLoops => IAsyncExecutor.DefaultMaxWorkers;

    /// <summary>What takes what the tasks write, unless they are a job's.</summary>
    private protected abstract IRecordSink Records { get; }

    /// <summary>True when the tasks go to a job, which is all that is written.</summary>
    private protected virtual bool RunsAsJob => false;

    /// <summary>The job's name; null for one that PowerShell makes.</summary>
    private protected virtual string? JobName => null;

    /// <summary>How many of a job's tasks may have begun and not ended.</summary>
    private protected virtual int JobWorkers => int.MaxValue;

    /// <summary>The time for all of a job's tasks.</summary>
    private protected virtual TimeSpan JobLimit => Timeout.InfiniteTimeSpan;

    /// <summary>Name and timeout of the next task.</summary>
    private protected abstract TaskOptions Options { get; }

    /// <summary>Gives a task to the pool.</summary>
    /// <exception cref="InvalidOperationException">The pool takes no tasks.</exception>
    private protected abstract void Give(ScriptTask task);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        ActualPool = PoolFor(Pool, MaxLoops, ScriptBlock);
        if (RunsAsJob)
        {
            _job = new AsyncJob(ActualPool, ScriptBlock?.ToString() ?? MyInvocation.Line.Trim(), JobName, JobWorkers, JobLimit);
        }
        else
        {
            Prepare();
        }

        Brought = OrEnd(BringFromCaller);
        _call = ScriptBlock is null ? null : NewCall(ScriptBlock);
    }

    /// <summary>What the cmdlet's parameters bring into the tasks.</summary>
    private protected virtual CallerState BringFromCaller() => CallerState.None;

    /// <summary>Called once the pool is known, before the first task.</summary>
    private protected abstract void Prepare();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        _input ??= new PipelineInput(this);
        Process(InputObject);
        while (_input.TryTake(out var next))
        {
            Process(next);
        }

        InputPauses();
    }

    /// <summary>There is no input at hand for now.</summary>
    private protected virtual void InputPauses()
    {
    }

    private void Process(object? input)
    {
        if (_call is not null)
        {
            _any = true;
            Add(_call, input);
        }
        else if (input is PSObject { BaseObject: ScriptBlock block })
        {
            _any = true;
            var mode = LanguageModes.Stricter(ActualPool.LanguageMode, block);
            if (mode != ActualPool.LanguageMode)
            {
                WriteError(Failures.BlockOfOtherLanguageMode(ActualPool.LanguageMode, mode));
                return;
            }

            var call = NewCall(block);
            Add(call, input);
            call.Complete();
        }
        else if (!MyInvocation.ExpectingInput && input is null)
        {
            ThrowTerminatingError(Failures.NoScriptBlock());
        }
        else
        {
            WriteError(Failures.NotAScriptBlock(input, MyInvocation.MyCommand.Name));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // No input is one task when none was announced, and none when the pipeline was empty.
        if (!_any && !MyInvocation.ExpectingInput && _call is not null)
        {
            AddTask(_call, null);
        }

        CompleteCall();
        if (_job is { } job)
        {
            _job = null;
            job.InputEnded();
            AsyncJobSourceAdapter.Register(job, this);
            WriteObject(job);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        CompleteCall();

        // Not handed over: the pipeline was stopped, or a later input was refused.
        _job?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Makes a task for an input and gives it to the pool; when the pool refuses it, the cmdlet ends.</summary>
    private void AddTask(ScriptCall call, object? input)
    {
        try
        {
            var task = new ScriptTask(call, input, Options);
            if (_job is null)
            {
                Give(task);
            }
            else
            {
                _job.Add(task);
            }
        }
        catch (ObjectDisposedException) when (ActualPool.IsStopped)
        {
            ThrowTerminatingError(Failures.PoolStopped(ActualPool));
        }
        catch (AbandonedThreadsException exception)
        {
            ThrowTerminatingError(Failures.TooManyAbandonedThreads(ActualPool, exception));
        }
        catch (InvalidOperationException exception) when (ActualPool.HasNoLoops)
        {
            ThrowTerminatingError(Failures.PoolBroken(ActualPool, exception));
        }
    }

    private ScriptCall NewCall(ScriptBlock block) =>
        OrEnd(() => new ScriptCall(block, ArgumentList, Brought, this, _job ?? Records, ActualPool.CallEnded));

    /// <summary>Makes the task, or says why its input cannot be given to one.</summary>
    private void Add(ScriptCall call, object? input)
    {
        try
        {
            input = CallerCode.In(input, ActualPool.LanguageMode);
        }
        catch (RuntimeException exception)
        {
            WriteError(exception.ErrorRecord);
            return;
        }

        AddTask(call, input);
    }

    private void CompleteCall()
    {
        var call = _call;
        _call = null;
        call?.Complete();
    }
}
