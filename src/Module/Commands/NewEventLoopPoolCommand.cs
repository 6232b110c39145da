using System.Collections;
using System.Management.Automation;
using AsyncExecutors.Callers;
using AsyncExecutors.Completion;
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
    /// <para type="description">Modules that the runspaces import, by name or path. One that cannot be imported ends the cmdlet.</para>
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ModuleNameCompleter))]
    public string[]? ImportModule { get; set; }

    /// <summary>
    /// <para type="description">Functions of the caller that the runspaces have, by name, wildcards allowed, with those that they call.</para>
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(FunctionNameCompleter))]
    public string[]? Function { get; set; }

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

        var settings = OrEnd(() => PreparedSettings(mode));
        var pool = _unfinished = SessionPools.Current.Add(Name, PoolSize, settings);
        if (pool is null)
        {
            ThrowTerminatingError(Failures.NameTaken(Name!));
        }

        var started = pool!.Executor.Started;
        try
        {
            WaitFor(started, settings.Records!.Queue);
        }
        finally
        {
            settings.Records!.Close();
        }

        if (started.Exception is { } exception)
        {
            ThrowTerminatingError(Failures.PoolDidNotStart(pool.Name, exception.InnerExceptions[0]));
        }

        _unfinished = null;
        WriteObject(pool);
    }

    private RunspaceSettings PreparedSettings(PSLanguageMode mode)
    {
        var script = InitializationScript is null ? null : Tasks.Blocks.AstOf(InitializationScript.Ast);
        var usingValues = script is null ? new Hashtable() : UsingValues.Collect(script, this, InitializationScript!);
        var variables = CallerState.VariablesOf(Variable, mode);
        var given = CallerCode.CodeOf([.. usingValues.Values, .. variables.Select(static variable => variable.Value)]);
        return Settings(mode) with
        {
            Modules = ImportModule is null ? null : new ModuleImports(ImportModule, this),
            Functions = CallerFunctions.Collect(script is null ? given : given.Prepend(script), Function, this, mode),
            Variables = variables,
            InitializationScript = script,
            Preferences = Tasks.Preferences.Of(this, writesRecords: true),
            Records = new PreparationRecords(),
            UsingValues = usingValues,
        };
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _unfinished?.StopNow();
        base.Dispose(disposing);
    }
}
