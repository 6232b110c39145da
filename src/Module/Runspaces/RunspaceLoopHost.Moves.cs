using AsyncExecutors.Coroutines;

namespace AsyncExecutors.Runspaces;

/// <content>Blocks that suspend and go on in another runspace than they began in.</content>
internal sealed partial class RunspaceLoopHost
{
    /// <summary>False when the block's runspace is gone, or cannot be reached any more because its thread does not come back.</summary>
    internal bool IsHome(Coroutine coroutine) => EventLoop.Current == _loop && coroutine.Home is { } home && home == _runspace;

    /// <summary>A block that has begun here goes on, or has ended, on another loop. That loop's thread, or any if there is none.</summary>
    internal void Leave(Coroutine coroutine)
    {
        var home = coroutine.Home;
        coroutine.Home = null;
        _loop!.Post(
            _ =>
            {
                // A loop that was given up has nobody who asks for it, and runs this elsewhere.
                if (EventLoop.Current == _loop && home is not null && home == _runspace)
                {
                    CountOff(coroutine);
                }
            },
            null);
    }

    /// <summary>
    /// Takes over a block whose loop was given up while it waited, or waits itself, or whose runspace is gone: it goes on here, with its
    /// variables and functions.
    /// </summary>
    /// <param name="coroutine">The block.</param>
    /// <param name="activations">Its calls that have not ended, the outermost first.</param>
    internal void Adopt(Coroutine coroutine, IReadOnlyCollection<Activation> activations)
    {
        var session = _pumpCommand!.SessionState;
        var values = new MovedValues(_blocks, session, _settings.LanguageMode, coroutine.Moved, coroutine.Engine!);
        try
        {
            _inForce = null;
            LeaveSession();
            Restore(session);
            var outer = _scope!;
            foreach (var activation in activations)
            {
                ScopeMove.Hang(activation.Scope, outer);
                outer = activation.Scope;
            }

            var move = new ScopeMove(_engine!, values);
            foreach (var activation in activations)
            {
                EngineScopes.Enter(_engine!, activation.Scope);
                move.MoveContents(activation);
            }

            if (coroutine.Moved is { } before)
            {
                values.Follow(before);
            }
        }
        finally
        {
            // Whatever fails: the block is here now, and its finally blocks run.
            EnterOwnScope();
            coroutine.Moved = values;
            coroutine.Moves++;
            Begin(coroutine);
        }
    }

    /// <summary>Imports the modules of the block's call, which it had where it was before.</summary>
    internal void BringModules(Coroutine coroutine)
    {
        if (coroutine.Task.Call.Modules is { } modules && !_imports.Have(modules) && TryBeginCode(coroutine.Task, isFinally: true))
        {
            try
            {
                _imports.Import(modules);
            }
            finally
            {
                EndCode(mayInterrupt: false);
            }
        }
    }

    private void ThrowIfAway(Coroutine coroutine)
    {
        if (!IsHome(coroutine))
        {
            throw new InvalidOperationException(
                $"{coroutine.Task.Name} cannot go on: while it waited, its event loop was given up because other code did not end, and there is no other.");
        }
    }
}
