using System.Management.Automation;
using System.Management.Automation.Runspaces;
using AsyncExecutors.Callers;
using AsyncExecutors.Streams;
using AsyncExecutors.Tasks;

namespace AsyncExecutors.Runspaces;

/// <summary>
/// Gives an event loop a warm runspace, and runs its pump inside a pipeline of that runspace which stays (the resident
/// pipeline), so that a script block costs an invocation and not a pipeline.
/// </summary>
/// <remarks>
/// Stopping a block means stopping the resident pipeline: the block ends, the pump is left, and a new resident pipeline
/// takes over, with all else on the loop untouched. Thread safety: <see cref="Stop(ScriptTask)"/> and
/// <see cref="StopOpening"/> may be called on any thread, all else on the loop's.
/// </remarks>
internal sealed partial class RunspaceLoopHost : IEventLoopHost
{
    private const string ResidentScript = "try { & $args[0] -Runner $args[1] } catch { throw }";

    private static readonly CmdletInfo PumpCommand = new("Invoke-EventLoop", typeof(ResidentPipelineCommand));

    private readonly RunspaceSettings _settings;
    private readonly LoopBlocks _blocks = new();
    private readonly LoopImports _imports = new();
    private readonly CurrentUsingValues _usingValues;
    private readonly object _gate = new();
    private EventLoop? _loop;
    private PSCmdlet? _pumpCommand;
    private AutomaticVariables? _automatic;
    private BlockInvoker? _invoker;

    /// <summary>The call for which thread and runspace are as its tasks are to find them, as nothing has touched them since.</summary>
    private ScriptCall? _inForce;
    private Func<bool>? _pump;
    private bool _ended;
    private bool _used;
    private bool _reset;
    private Runspace? _runspace;

    /// <summary>The runspace is closed or being closed, before its time.</summary>
    private volatile bool _closed;

    /// <summary>Another thread does that.</summary>
    private volatile bool _closedElsewhere;

    /// <summary>Guarded by <c>_gate</c>.</summary>
    private PowerShell? _resident;

    /// <summary>The resident pipeline's scope, and what is around it. The scopes of the blocks that suspend are in it. Loop thread only.</summary>
    private object? _scope;
    private object? _outerScope;

    /// <summary>Guarded by <c>_gate</c>: the opening of the runspace, or of the one to come.</summary>
    private RunspaceOpening _opening = new();

    /// <summary>Guarded by <c>_gate</c>: the task whose block runs.</summary>
    private ScriptTask? _current;

    /// <summary>Guarded by <c>_gate</c>: what runs is a finally block's code, which PowerShell does not stop either.</summary>
    private bool _isFinally;

    /// <summary>Guarded by <c>_gate</c>: the resident pipeline was told to stop, because of the current task.</summary>
    private bool _stopping;

    /// <summary>The resident pipeline was told to stop while the last code ran. Loop thread only.</summary>
    private bool _wasStopped;

    internal RunspaceLoopHost(RunspaceSettings settings)
    {
        _settings = settings;
        _usingValues = new CurrentUsingValues(_blocks);
    }

    /// <summary>The <c>$using:</c> values of the block that runs now. Loop thread.</summary>
    internal System.Collections.IDictionary UsingValuesNow => _usingValues.Current;

    /// <summary>
    /// The loop of the calling thread, as long as its runspace is being prepared and it is of the pool: what prepares it must
    /// not wait for tasks of that pool, which may be waiting for the loop.
    /// </summary>
    internal static EventLoop? BeingPrepared(RunspaceSettings pool) =>
        EventLoop.Current is { Host: RunspaceLoopHost { _runspace: null } host } loop && host._settings == pool ? loop : null;

    /// <inheritdoc cref="BeingPrepared(RunspaceSettings)"/>
    internal static EventLoop? BeingPrepared(TaskInfo task) => task.EventLoop?.Host is RunspaceLoopHost host ? BeingPrepared(host._settings) : null;

    /// <inheritdoc/>
    public void Run(EventLoop loop, Func<bool> pump)
    {
        _loop = loop;
        _pump = pump;
        while (!_ended)
        {
            RunInNewRunspace();
        }
    }

    /// <inheritdoc/>
    public void Idle()
    {
        _inForce = null;
        _usingValues.Forget();
        if (_inSession is null)
        {
            _automatic!.ClearErrors();
        }
    }

    /// <summary>Asks for the runspace to be made as new before the next task, if there was one since it was.</summary>
    internal void ResetState()
    {
        if (_coroutines > 0)
        {
            _resetWhenIdle = true;
        }
        else if (_used)
        {
            _used = false;
            _reset = true;
            _loop!.LeavePump();
        }
    }

    /// <summary>The resident pipeline is up: pump inside it. Called by its command.</summary>
    internal void PumpInside(PSCmdlet command)
    {
        _pumpCommand = command;
        _automatic = new AutomaticVariables(command);
        if (EngineScopes.AreAvailable)
        {
            _engine = EngineScopes.ContextOf(command);
            SucceededVariable.Mend(command, _engine);
            _scope = EngineScopes.Current(_engine);
            _outerScope = EngineScopes.Outer(_scope);
        }

        _invoker = new BlockInvoker(command);
        _inForce = null;
        _ended = _pump!();
    }

    /// <summary>Pumps in one runspace, until the loop has ended or the runspace is of no more use.</summary>
    private void RunInNewRunspace()
    {
        var runspace = OpenRunspace();
        Runspace.DefaultRunspace = _runspace = runspace;
        _closed = _closedElsewhere = false;
        runspace.StateChanged += OnRunspaceStateChanged;
        var calls = ForeignCalls.Of(runspace);
        var loop = _loop!;
        calls.Listen(() => loop.Post(_ => Serve(calls), null));
        try
        {
            var inventory = RunspaceInventory.Of(runspace);
            while (!_ended && runspace.RunspaceStateInfo.State == RunspaceState.Opened)
            {
                if (_reset)
                {
                    _reset = false;
                    if (_imports.Any || !LoopRunspaces.TryReset(runspace, inventory))
                    {
                        return;
                    }
                }

                RunResident(runspace);
            }
        }
        catch (InvalidRunspaceStateException) when (_closed)
        {
            // Closed by somebody else between two pipelines.
        }
        finally
        {
            runspace.StateChanged -= OnRunspaceStateChanged;
            _settings.Session.Release(runspace);
            Runspace.DefaultRunspace = null;
            _blocks.Clear();
            _imports.Clear();
            ForgetCoroutines();
            if (!_closedElsewhere)
            {
                // A runspace that another thread is closing is that one's: disposing it meanwhile would break it there.
                runspace.Dispose();
            }
        }
    }

    /// <summary>Other threads call code of this runspace.</summary>
    private void Serve(ForeignCalls calls)
    {
        // Of a loop that was given up this runs elsewhere, and only its own thread could serve them.
        if (EventLoop.Current == _loop)
        {
            _inForce = null;
            EnterOwnScope();
            LeaveSession();
            calls.Serve();
        }
    }

    private Runspace OpenRunspace()
    {
        var runspace = LoopRunspaces.Open(_settings, _opening);
        lock (_gate)
        {
            _opening = new RunspaceOpening();
        }

        return runspace;
    }

    private void RunResident(Runspace runspace)
    {
        using var resident = PowerShell.Create();
        resident.Runspace = runspace;
        resident.AddScript(ResidentScript, useLocalScope: true).AddArgument(PumpCommand).AddArgument(this).AddParameter("--%", _usingValues);
        StreamRecord.Forward(resident.Streams, OnRecord);
        lock (_gate)
        {
            _resident = resident;
        }

        try
        {
            resident.Invoke();
        }
        catch (PipelineStoppedException)
        {
            // A block was stopped, and this pipeline with it.
        }

        if (_scope is not null)
        {
            // PowerShell has cut it off, and with it the blocks that wait, which would find no command any more.
            EngineScopes.SetOuter(_scope, _outerScope);
            _scope = _outerScope = null;
        }
    }

    private void OnRecord(StreamRecord record) => _current?.OnRecord(record);
}
