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
/// takes over, with all else on the loop untouched. Thread safety: <see cref="Stop"/> may be called on any thread, all
/// else on the loop's.
/// </remarks>
internal sealed class RunspaceLoopHost(RunspaceSettings settings) : IEventLoopHost
{
    private const string ResidentScript = "try { & $args[0] -Runner $args[1] } catch { throw }";

    private static readonly CmdletInfo PumpCommand = new("Invoke-EventLoop", typeof(ResidentPipelineCommand));

    private readonly ConditionalWeakTable<ScriptBlockAst, ScriptBlock> _blocks = new();
    private readonly CurrentUsingValues _usingValues = new();
    private readonly object _gate = new();
    private EventLoop? _loop;
    private PSCmdlet? _pumpCommand;
    private Func<bool>? _pump;
    private bool _ended;
    private bool _used;
    private bool _reset;

    /// <summary>Guarded by <c>_gate</c>.</summary>
    private PowerShell? _resident;

    /// <summary>Guarded by <c>_gate</c>: the task whose block runs.</summary>
    private ScriptTask? _current;

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
        if (_used)
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
        _ended = _pump!();
    }

    /// <summary>Runs a task's block, to its end.</summary>
    internal void Invoke(ScriptTask task)
    {
        lock (_gate)
        {
            if (task.IsStopping)
            {
                return;
            }

            _current = task;
        }

        // As on PowerShell's own threads: a block may wait for an async method, whose continuation must not want this thread.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            var call = task.Call;
            _used |= !call.LeavesNoTrace;
            call.Enter(_pumpCommand!.SessionState);
            _usingValues.Current = call.UsingValues;
            BlockInvoker.Invoke(
                _blocks.GetValue(call.Block, static ast => ast.GetScriptBlock()),
                task.InputObject,
                task.Live ?? (object)task.Written,
                call.NewPreferenceVariables(),
                call.InputIsArgument ? [call.UserBlock(_blocks), task.InputObject, call.Arguments] : call.Arguments);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
            bool stopped;
            lock (_gate)
            {
                _current = null;
                stopped = _stopping;
                _stopping = false;
            }

            if (stopped)
            {
                _loop!.LeavePump();
            }
        }
    }

    /// <summary>Stops the task's block if it runs now. Does not wait.</summary>
    internal void Stop(ScriptTask task)
    {
        PowerShell? resident = null;
        lock (_gate)
        {
            if (_current == task && !_stopping)
            {
                _stopping = true;
                resident = _resident;
            }
        }

        if (resident is not null)
        {
            // Not BeginStop: its thread would keep the process alive as long as the block does not end. And not a thread
            // of the thread pool: those blocks that do not end would use it up.
            new Thread(static pipeline => StopPipeline((PowerShell)pipeline!)) { IsBackground = true, Name = $"{_loop!.Name} stop" }.UnsafeStart(resident);
        }
    }

    private static void StopPipeline(PowerShell resident)
    {
        try
        {
            resident.Stop();
        }
        catch (Exception)
        {
            // It has ended meanwhile; PowerShell then throws whatever comes first, null references too.
        }
    }

    /// <summary>Pumps in one runspace, until the loop has ended or the runspace is of no more use.</summary>
    private void RunInNewRunspace()
    {
        using var runspace = LoopRunspaces.Open(settings);
        settings.Session.Adopt(runspace);
        Runspace.DefaultRunspace = runspace;
        try
        {
            var definitions = LoopRunspaces.Definitions(runspace);
            while (!_ended && runspace.RunspaceStateInfo.State == RunspaceState.Opened)
            {
                if (_reset)
                {
                    _reset = false;
                    if (!LoopRunspaces.TryReset(runspace, definitions))
                    {
                        return;
                    }
                }

                RunResident(runspace);
            }
        }
        finally
        {
            settings.Session.Release(runspace);
            Runspace.DefaultRunspace = null;
            _blocks.Clear();
        }
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
