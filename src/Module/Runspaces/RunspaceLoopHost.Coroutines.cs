using System.Management.Automation;
using System.Management.Automation.Language;
using AsyncExecutors.Callers;
using AsyncExecutors.Coroutines;

namespace AsyncExecutors.Runspaces;

/// <content>Blocks that suspend: each has a scope of its own, which is put in force for a piece of its code at a time.</content>
internal sealed partial class RunspaceLoopHost
{
    /// <summary>How many blocks have begun in the runspace, and not ended.</summary>
    private int _coroutines;

    /// <summary>The engine's state of the runspace; null when PowerShell does not let it be had.</summary>
    private object? _engine;
    private bool _resetWhenIdle;

    /// <summary>Whose location and the like the runspace has now; null when nobody's who comes back.</summary>
    private Coroutine? _inSession;

    /// <summary>A block begins. The runspace is not made as new before it has ended.</summary>
    internal void Begin(Coroutine coroutine)
    {
        coroutine.Home = _runspace;
        coroutine.Engine = _engine;
        _coroutines++;
        _used = true;
    }

    /// <summary>Makes ready what the block's call brings: imports its modules, and gives the blocks of the runspace.</summary>
    internal LoopBlocks Prepare(Coroutine coroutine)
    {
        _inForce = null;
        LeaveSession();
        Restore(_pumpCommand!.SessionState);
        if (!TryBeginCode(coroutine.Task, isFinally: false))
        {
            throw new PipelineStoppedException();
        }

        try
        {
            ImportFor(coroutine.Task);
            return _blocks;
        }
        finally
        {
            EndCode(mayInterrupt: false);
        }
    }

    internal void End(Coroutine coroutine)
    {
        if (IsHome(coroutine))
        {
            CountOff(coroutine);
        }
        else
        {
            Leave(coroutine);
        }

        coroutine.Home = null;
    }

    private void CountOff(Coroutine coroutine)
    {
        if (_inSession == coroutine)
        {
            _inSession = null;
        }

        _coroutines--;
        if (_coroutines == 0 && _resetWhenIdle)
        {
            _resetWhenIdle = false;
            ResetState();
        }
    }

    /// <summary>Runs a piece of a block's code in its scope.</summary>
    /// <exception cref="PipelineStoppedException">
    /// The code was stopped. Also when it has ended by itself meanwhile, in whatever way: the stop that is on its way would
    /// meet what comes next, which may be a finally block.
    /// </exception>
    internal void RunCode(Coroutine coroutine, Frame frame, ScriptBlockAst code, bool keepsSucceeded)
    {
        ThrowIfAway(coroutine);
        if (!TryBeginCode(coroutine.Task, frame.IsFinally))
        {
            throw new PipelineStoppedException();
        }

        try
        {
            RunInScope(coroutine, frame, code, keepsSucceeded);
        }
        catch (Exception exception) when (exception is not PipelineStoppedException)
        {
            // Not in the filter: it is asked before the code's end is.
            if (!_wasStopped)
            {
                throw;
            }
        }

        if (_wasStopped)
        {
            throw new PipelineStoppedException();
        }
    }

    private void RunInScope(Coroutine coroutine, Frame frame, ScriptBlockAst code, bool keepsSucceeded)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        var activation = frame.Activation;
        var changesDollarUnder = CodePieces.ChangesDollarUnder(code);
        try
        {
            Restore(_pumpCommand!.SessionState);
            frame.DollarUnder.MoveTo(coroutine);

            // First the scope: the block's location may be on a drive that is in it.
            EngineScopes.Enter(_engine!, activation.Scope);
            EnterSession(coroutine);
            _usingValues.Current = coroutine.Task.Call.UsingValues;
            if (changesDollarUnder)
            {
                EngineScopes.ForgetLocals(activation.Scope);
            }

            var succeeded = EngineScopes.Succeeded(_engine!);
            BlockInvoker.InvokeInScope(BlockOf(code), frame.DollarUnder.Value, frame.Output, activation.Arguments, activation.Function);
            if (keepsSucceeded)
            {
                EngineScopes.SetSucceeded(_engine!, succeeded);
            }
        }
        catch (RuntimeException) when (_closed && !coroutine.Task.IsStopping)
        {
            throw Commands.Failures.RunspaceClosed();
        }
        finally
        {
            if (changesDollarUnder)
            {
                frame.DollarUnder.Set(_pumpCommand!.SessionState.PSVariable.GetValue("_"), coroutine.Moves);
            }

            EnterOwnScope();
            SynchronizationContext.SetSynchronizationContext(context);
            EndCode(mayInterrupt: true);
        }
    }

    /// <summary>Does something with the session while a block's scope is in force.</summary>
    internal object? InScope<T>(Coroutine coroutine, object scope, T argument, Func<SessionState, T, object?> action)
    {
        ThrowIfAway(coroutine);
        EngineScopes.Enter(_engine!, scope);
        try
        {
            return action(_pumpCommand!.SessionState, argument);
        }
        finally
        {
            EnterOwnScope();
        }
    }

    /// <summary>Defines a function in a block's scope.</summary>
    internal void SetFunction(Coroutine coroutine, object scope, string name, ScriptBlock function) => InScope(
        coroutine, scope, (Engine: _engine!, name, function), static (_, of) => EngineScopes.SetFunction(of.Engine, of.name, of.function));

    /// <summary>
    /// Puts the resident pipeline's scope in force, as it is between all that runs here. Not what was in force before: code that
    /// was made here and runs in another runspace, which a task may have brought there, changes it.
    /// </summary>
    private void EnterOwnScope()
    {
        if (_scope is not null)
        {
            EngineScopes.Enter(_engine!, _scope);
        }
    }

    /// <summary>A scope inside another, or inside the resident pipeline's.</summary>
    internal object NewScope(Coroutine coroutine, object? outer) => InScope(
        coroutine, outer ?? _scope!, _engine!, static (_, engine) => EngineScopes.New(engine))!;

    internal void SetSucceeded(bool value) => _automatic!.Succeeded = value;

    internal void Ask(string message) => _pumpCommand!.Host.UI.PromptForChoice(string.Empty, message, [], defaultChoice: 0);

    private ScriptBlock BlockOf(ScriptBlockAst code) => _blocks.Get(code);

    /// <summary>What binds the parameters of a function, in the runspace's language mode: the code that ran last may have lowered it.</summary>
    internal ScriptBlock BinderOf(ScriptBlockAst code)
    {
        Restore(_pumpCommand!.SessionState);
        return BlockOf(code);
    }

    /// <summary>The runspace is gone, and with it what blocks that wait have in it.</summary>
    private void ForgetCoroutines()
    {
        try
        {
            // Where the block was, say; its scopes it has itself.
            LeaveSession();
        }
        catch (Exception)
        {
            // The runspace is too broken to tell.
        }

        _inSession = null;
        _coroutines = 0;
        _runspace = null;
        _engine = null;
    }

    private void EnterSession(Coroutine coroutine)
    {
        if (_inSession == coroutine)
        {
            return;
        }

        _inForce = null;
        LeaveSession();
        if (coroutine.Session is { } session)
        {
            session.Restore(_pumpCommand!.SessionState, _automatic!);
        }
        else
        {
            coroutine.Task.Call.Enter(_pumpCommand!.SessionState);
            _automatic!.Reset(runsCommands: true);
        }

        _inSession = coroutine;
    }

    /// <summary>Somebody else's code comes: keeps what the block that ran last will want to find again.</summary>
    private void LeaveSession()
    {
        if (_inSession is { } left)
        {
            // Not that of one that has gone on on another loop meanwhile: it has this from there.
            if (IsHome(left))
            {
                left.Session = SessionContext.Save(_pumpCommand!.SessionState, _automatic!);
            }

            _inSession = null;
        }
    }
}
