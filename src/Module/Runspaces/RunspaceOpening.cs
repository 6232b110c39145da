using System.Collections.ObjectModel;
using System.Management.Automation;

namespace AsyncExecutors.Runspaces;

/// <summary>
/// The opening of one loop's runspace, or an import into one: has its turn among all of the process, as concurrent opens and module imports race
/// inside the PowerShell engine, and can be stopped.
/// </summary>
/// <remarks>
/// What runs while a runspace opens (module imports, an initialization script) is the user's code. It may wait for tasks
/// of loops that have to open themselves, so the turn is given up while it waits; and it may take for ever, so the turn is
/// given up too when it takes long, or does not end on a stop. Thread safety: <see cref="Stop"/> may be called on any thread, all else
/// on the thread that opens the runspace. Used once.
/// </remarks>
internal sealed class RunspaceOpening
{
    /// <summary>How long others wait for an import, which may be slow and races with theirs.</summary>
    internal static readonly TimeSpan ImportTurn = TimeSpan.FromMinutes(1);

    /// <summary>How long others wait for a script, which may wait for a server.</summary>
    internal static readonly TimeSpan ScriptTurn = TimeSpan.FromSeconds(5);

    private static readonly SemaphoreSlim Turn = new(1);

    [ThreadStatic]
    private static RunspaceOpening? Current;

    private readonly object _gate = new();

    /// <summary>Guarded by <c>_gate</c>: what runs to prepare the runspace.</summary>
    private PowerShell? _running;

    /// <summary>Guarded by <c>_gate</c>.</summary>
    private bool _stopped;

    /// <summary>Gives the turn up when its time is over.</summary>
    private ITimer? _limit;

    private TimeSpan _turn = ImportTurn;

    /// <summary>1 while the turn is this one's.</summary>
    private int _hasTurn;

    /// <summary>Opens the runspace when its turn has come.</summary>
    /// <exception cref="PipelineStoppedException">The opening was stopped.</exception>
    internal T Run<T>(Func<T> open)
    {
        TakeTurn();
        Current = this;
        try
        {
            return open();
        }
        finally
        {
            Current = null;
            EndTurn();
            _limit!.Dispose();
        }
    }

    /// <summary>Runs a pipeline that prepares the runspace.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="turn">How long others wait for it at the most.</param>
    /// <exception cref="PipelineStoppedException">The opening was stopped.</exception>
    internal Collection<PSObject> Invoke(PowerShell pipeline, TimeSpan turn)
    {
        _turn = turn;
        _limit!.Change(turn, Timeout.InfiniteTimeSpan);
        lock (_gate)
        {
            if (_stopped)
            {
                throw new PipelineStoppedException();
            }

            _running = pipeline;
        }

        try
        {
            return pipeline.Invoke();
        }
        finally
        {
            lock (_gate)
            {
                _running = null;
            }
        }
    }

    /// <summary>Stops what prepares the runspace, or will. Does not wait.</summary>
    internal void Stop(TimeSpan gracePeriod)
    {
        PowerShell? running;
        lock (_gate)
        {
            _stopped = true;
            running = _running;
        }

        if (running is null)
        {
            return;
        }

        RunspaceLoopHost.BeginStop(running, "AsyncExecutors stop");
        _limit?.Change(gracePeriod, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Says that the calling thread is about to block. When it prepares a runspace, others may be opened meanwhile.
    /// </summary>
    /// <returns>Ends the announcement when disposed; on the same thread.</returns>
    internal static Pause GiveWay()
    {
        var opening = Current;
        opening?.EndTurn();
        return new Pause(opening);
    }

    private void TakeTurn()
    {
        Turn.Wait();
        Volatile.Write(ref _hasTurn, 1);
        _limit ??= TimeProvider.System.CreateTimer(static opening => ((RunspaceOpening)opening!).EndTurn(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _limit.Change(_turn, Timeout.InfiniteTimeSpan);
    }

    private void EndTurn()
    {
        if (Interlocked.Exchange(ref _hasTurn, 0) == 1)
        {
            Turn.Release();
        }
    }

    /// <summary>The time during which a runspace that is being prepared lets others open.</summary>
    internal readonly struct Pause(RunspaceOpening? opening) : IDisposable
    {
        /// <summary>Waits for the turn again.</summary>
        public void Dispose() => opening?.TakeTurn();
    }
}
