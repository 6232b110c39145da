using System.Management.Automation;
using System.Management.Automation.Runspaces;
using AsyncExecutors.Tasks;

namespace AsyncExecutors.Runspaces;

/// <content>Blocks that do not suspend, and what all tasks are to find.</content>
internal sealed partial class RunspaceLoopHost
{
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
            EnterOwnScope();
            var call = task.Call;
            if (_inForce != call)
            {
                PutInForce(call, task);
            }

            _automatic!.Reset(runsCommands: !call.LeavesNoTrace);
            var input = _blocks.Bind(task.BlockInput);
            var arguments = call.ArgumentsFor(_blocks);
            _invoker!.Invoke(
                _blocks.Get(call.Block),
                input,
                task.Live ?? (object)task.Written,
                call.NewVariables(_blocks),
                _blocks.Get(call.Functions),
                call.InputIsArgument ? [_blocks.Get(call.UserBlock), input, arguments] : arguments);
        }
        catch (RuntimeException) when (_closed && !task.IsStopping)
        {
            throw Commands.Failures.RunspaceClosed();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
            EndCode(mayInterrupt: !task.Call.LeavesNoTrace);
        }
    }

    /// <summary>Makes thread and runspace what the call's tasks are to find.</summary>
    private void PutInForce(ScriptCall call, ScriptTask task)
    {
        LeaveSession();
        _inForce = null;
        _used |= !call.LeavesNoTrace;
        var session = _pumpCommand!.SessionState;
        Restore(session);
        call.Enter(session);
        _usingValues.Current = call.UsingValues;
        ImportFor(task);

        // Last: what fails on the way is in force in part.
        _inForce = call.LeavesNoTrace ? call : null;
    }

    /// <summary>Imports the modules of the task's call that are not there, as part of the task.</summary>
    private void ImportFor(ScriptTask task)
    {
        if (task.Call.Modules is { } modules && !_imports.Have(modules))
        {
            task.PrepareLoop(() => _imports.Import(modules));
        }
    }

    /// <summary>Takes back what a block can change of its thread and its runspace and no later task may find.</summary>
    private void Restore(SessionState session)
    {
        if (Runspace.DefaultRunspace != _runspace)
        {
            Runspace.DefaultRunspace = _runspace;
        }

        EnterOwnScope();
        if (session.LanguageMode != _settings.LanguageMode)
        {
            session.LanguageMode = _settings.LanguageMode;
        }
    }
}
