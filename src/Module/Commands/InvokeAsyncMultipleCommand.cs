using System.Collections;
using System.Management.Automation;
using AsyncExecutors.Callers;
using AsyncExecutors.Completion;
using AsyncExecutors.Jobs;

namespace AsyncExecutors.Commands;

/// <summary>
/// <para type="synopsis">Runs a script block for each input, so many at once, and writes one TaskResult per input as each ends.</para>
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "AsyncMultiple")]
[OutputType(typeof(ScriptTaskResult), typeof(object), typeof(AsyncJob))]
public sealed class InvokeAsyncMultipleCommand : FanOutCommand
{
    /// <summary>
    /// <para type="description">How many tasks may have begun and not ended.</para>
    /// </summary>
    [Parameter]
    [Alias("ThrottleLimit")]
    [ValidateRange(1, int.MaxValue)]
    public int MaxWorkers { get; set; } = IAsyncExecutor.DefaultMaxWorkers;

    /// <summary>
    /// <para type="description">The seconds each task may take, from its start; fractions are allowed, 0 is no limit.</para>
    /// </summary>
    [Parameter]
    [ValidateRange(0, MostSeconds)]
    public double TaskTimeoutSeconds { get; set; }

    /// <summary>
    /// <para type="description">The seconds the whole call may take; fractions are allowed, 0 is no limit. What has not ended by then ends as TimedOut.</para>
    /// </summary>
    [Parameter]
    [ValidateRange(0, MostSeconds)]
    public double TimeoutSeconds { get; set; }

    /// <summary>
    /// <para type="description">Writes the results in the order of the input instead of as they end; with -StreamOutput, the output task by task.</para>
    /// </summary>
    [Parameter]
    public SwitchParameter Ordered { get; set; }

    /// <summary>
    /// <para type="description">Writes what the tasks write, the moment they write it, instead of results. A failure is an error only.</para>
    /// </summary>
    [Parameter]
    public SwitchParameter StreamOutput { get; set; }

    /// <summary>
    /// <para type="description">Shows one progress bar while the tasks run: how many have ended, failed, run and wait, the rate, and the time left where the number of inputs is known. Progress that tasks write appears below it.</para>
    /// </summary>
    [Parameter]
    public SwitchParameter ShowProgress { get; set; }

    /// <summary>
    /// <para type="description">Returns a job at once, with a child job for each task.</para>
    /// </summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    /// <summary>
    /// <para type="description">Functions of the caller that each task has, by name, wildcards allowed, with those that they call. What the block names itself needs no mention.</para>
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(FunctionNameCompleter))]
    public string[]? Function { get; set; }

    /// <summary>
    /// <para type="description">Variables that each task has, by name.</para>
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary? Variable { get; set; }

    /// <summary>
    /// <para type="description">Modules that the tasks' runspaces import first, by name or path. One that cannot be imported ends the call.</para>
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ModuleNameCompleter))]
    public string[]? ImportModule { get; set; }

    private protected override bool RunsAsJob => AsJob;

    private protected override int JobWorkers => MaxWorkers;

    private protected override TimeSpan JobLimit => Limit(TimeoutSeconds);

    private protected override bool ShowsProgress => ShowProgress;

    private protected override int MaxLoops => MaxWorkers;

    private protected override FanOutOptions FanOutOptions => new()
    {
        MaxWorkers = MaxWorkers,
        IsOrdered = Ordered,
        StreamsOutput = StreamOutput,
        Limit = Limit(TimeoutSeconds),
    };

    private protected override TaskOptions Options => new() { Timeout = Limit(TaskTimeoutSeconds) };

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (AsJob && (StreamOutput || ShowProgress))
        {
            ThrowTerminatingError(Failures.NotForAJob(StreamOutput ? nameof(StreamOutput) : nameof(ShowProgress)));
        }

        base.BeginProcessing();
    }

    private protected override CallerState BringFromCaller() => new()
    {
        FunctionPatterns = Function,
        Variables = CallerState.VariablesOf(Variable, ActualPool.LanguageMode),
        Modules = ImportModule is null ? null : new ModuleImports(ImportModule, this),
    };

    private protected override void Emit(TaskResult result)
    {
        if (!StreamOutput)
        {
            WriteAsItIs(result);
        }

        ResultOutput.WriteFailure(this, result);
    }
}
