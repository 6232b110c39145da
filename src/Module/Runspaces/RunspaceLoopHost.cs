using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using AsyncExecutors.Coroutines;
using AsyncExecutors.Streams;

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
internal sealed partial class RunspaceLoopHost(RunspaceSettings settings) : IEventLoopHost
{
    private const string ResidentScript = "try { & $args[0] -Runner $args[1] } catch { throw }";

    private static readonly CmdletInfo PumpCommand = new("Invoke-EventLoop", typeof(ResidentPipelineCommand));

    private readonly ConditionalWeakTable<ScriptBlockAst, ScriptBlock> _blocks = new();
    private readonly CurrentUsingValues _usingValues = new();
    private readonly object _gate = new();
    private EventLoop? _loop;
    private PSCmdlet? _pumpCommand;
    private AutomaticVariables? _automatic;
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

    /// <summary>Guarded by <c>_gate</c>: the opening of the runspace, or of the one to come.</summary>
    private RunspaceOpening _opening = new();

    /// <summary>Guarded by <c>_gate</c>: the task whose block runs.</summary>
    private ScriptTask? _current;

    /// <summary>Guarded by <c>_gate</c>: what runs is a finally block's code, which PowerShell does not stop either.</summary>
    private bool _isFinally;

    /// <summary>Guarded by <c>_gate</c>: the resident pipeline was told to stop, because of the current task.</summary>
    private bool _stopping;

    /// <summary>The <c>$using:</c> values of the block that runs now. Loop thread.</summary>
    internal System.Collections.IDictionary UsingValuesNow => _usingValues.Current;

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

    /// <summary>Asks for the runspace to be made as new before the next task, if there was one since it was.</summary>
    internal void ResetState()
    {
        if (_coroutines.Count > 0)
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
        _ended = _pump!();
    }

    /// <summary>Runs a task's block, to its end.</summary>
    internal void Invoke(ScriptTask task)
    {
        if (!TryBeginCode(task, isFinally: false))
        {
            return;
        }

        // As on PowerShell's own threads: a block may wait for an async method, whose continuation must not want this thread.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var call = task.Call;
            _used |= !call.LeavesNoTrace;
            LeaveSession();
            Restore(_pumpCommand!.SessionState);
            call.Enter(_pumpCommand.SessionState);
            _automatic!.Reset(runsCommands: !call.LeavesNoTrace);
            _usingValues.Current = call.UsingValues;
            BlockInvoker.Invoke(
                BlockOf(call.Block),
                task.InputObject,
                task.Live ?? (object)task.Written,
                call.NewPreferenceVariables(),
                call.InputIsArgument ? [call.UserBlock(_blocks), task.InputObject, call.Arguments] : call.Arguments);
        }
        catch (RuntimeException) when (_closed && !task.IsStopping)
        {
            throw Commands.Failures.RunspaceClosed();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
            EndCode();
        }
    }

    /// <summary>Takes back what a block can change of its thread and its runspace and no later task may find.</summary>
    private void Restore(SessionState session)
    {
        if (Runspace.DefaultRunspace != _runspace)
        {
            Runspace.DefaultRunspace = _runspace;
        }

        if (session.LanguageMode != settings.LanguageMode)
        {
            session.LanguageMode = settings.LanguageMode;
        }
    }

    /// <summary>Pumps in one runspace, until the loop has ended or the runspace is of no more use.</summary>
    private void RunInNewRunspace()
    {
        var runspace = OpenRunspace();
        Runspace.DefaultRunspace = _runspace = runspace;
        _closed = _closedElsewhere = false;
        runspace.StateChanged += OnRunspaceStateChanged;
        try
        {
            var inventory = RunspaceInventory.Of(runspace);
            while (!_ended && runspace.RunspaceStateInfo.State == RunspaceState.Opened)
            {
                if (_reset)
                {
                    _reset = false;
                    if (!LoopRunspaces.TryReset(runspace, inventory))
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
            settings.Session.Release(runspace);
            Runspace.DefaultRunspace = null;
            _blocks.Clear();
            if (!_closedElsewhere)
            {
                // A runspace that another thread is closing is that one's: disposing it meanwhile would break it there.
                runspace.Dispose();
            }
            ForgetCoroutines();
        }
    }

    private Runspace OpenRunspace()
    {
        var runspace = LoopRunspaces.Open(settings, _opening);
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
    }

    private void OnRecord(StreamRecord record) => _current?.OnRecord(record);
}
