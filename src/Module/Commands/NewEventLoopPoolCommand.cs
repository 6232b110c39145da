using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using AsyncExecutors.Pools;
using AsyncExecutors.Runspaces;

namespace AsyncExecutors.Commands;

/// <summary>
/// <para type="synopsis">Makes a pool of event loops, each with a thread and a warm runspace of its own.</para>
/// </summary>
[Cmdlet(VerbsCommon.New, "EventLoopPool")]
[OutputType(typeof(EventLoopPool))]
public sealed class NewEventLoopPoolCommand : AsyncCommand
{
    private EventLoopPool? _unfinished;

    /// <summary>
    /// <para type="description">How many event loops: so many blocks can run at the same moment.</para>
    /// </summary>
    [Parameter(Position = 0)]
    [ValidateRange(1, 4096)]
    public int PoolSize { get; set; } = 1;

    /// <summary>
    /// <para type="description">A name for Get-EventLoopPool and Stop-EventLoopPool; by default Pool and a number.</para>
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>
    /// <para type="description">Modules that the runspaces import, by name or path.</para>
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? ImportModule { get; set; }

    /// <summary>
    /// <para type="description">Variables that the runspaces have, by name.</para>
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary? Variable { get; set; }

    /// <summary>
    /// <para type="description">Code that each runspace runs once, before its first task. An error in it ends the cmdlet.</para>
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? InitializationScript { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var mode = ModeFor(InitializationScript);
        if (mode != SessionState.LanguageMode)
        {
            ThrowTerminatingError(Failures.BlockOfOtherLanguageMode(SessionState.LanguageMode, mode));
        }

        var script = InitializationScript is null ? null : Coroutines.Blocks.AstOf(InitializationScript);
        var settings = Settings(mode) with
        {
            Modules = ImportModule ?? [],
            // Copied: loops that are added later begin with what the first began with.
            Variables = Variable is null ? new Hashtable() : new Hashtable(Variable),
            InitializationScript = script,
            UsingValues = script is null ? new Hashtable() : UsingValuesOf(script),
        };
        var pool = _unfinished = SessionPools.Current.Add(Name, PoolSize, settings);
        if (pool is null)
        {
            ThrowTerminatingError(Failures.NameTaken(Name!));
        }

        var started = pool!.Executor.Started;
        WaitFor(started);
        if (started.Exception is { } exception)
        {
            ThrowTerminatingError(Failures.PoolDidNotStart(pool.Name, exception.InnerExceptions[0]));
        }

        _unfinished = null;
        WriteObject(pool);
    }

    private IDictionary UsingValuesOf(ScriptBlockAst script)
    {
        try
        {
            return UsingValues.Collect(script, this, InitializationScript!);
        }
        catch (RuntimeException exception) when (exception is not PipelineStoppedException)
        {
            ThrowTerminatingError(exception.ErrorRecord);
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _unfinished?.StopNow();
        base.Dispose(disposing);
    }
}
