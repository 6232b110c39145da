using System.Management.Automation;
using AsyncExecutors.Runspaces;
using AsyncExecutors.Tasks;

namespace AsyncExecutors;

/// <summary>A named pool of event loops with warm runspaces, which belongs to a session.</summary>
/// <remarks>Thread safety: all public members may be used from any thread.</remarks>
public sealed class EventLoopPool
{
    /// <summary>
    /// As PowerShell gives its own pipelines, so that functions may call themselves as often. What systems give a thread
    /// differs, and is less.
    /// </summary>
    private const int MaxStackSize = 10_000_000;

    internal EventLoopPool(string name, int poolSize, RunspaceSettings settings, bool isDefault)
    {
        Name = name;
        Settings = settings;
        IsDefault = isDefault;
        Executor = new EventLoopPoolExecutor(
            poolSize,
            new EventLoopOptions { Name = name, MaxStackSize = MaxStackSize, HostFactory = () => new RunspaceLoopHost(settings) });
    }

    /// <summary>The pool's name, which no other pool of the session has.</summary>
    public string Name { get; }

    /// <summary>How many loops the pool keeps.</summary>
    public int PoolSize => Executor.PoolSize;

    /// <summary>The loops the pool has now.</summary>
    public IReadOnlyList<EventLoop> EventLoops => Executor.EventLoops;

    /// <summary>The tasks that have not ended.</summary>
    public int PendingCount => Executor.PendingCount;

    /// <summary>Those of them that have begun.</summary>
    public int RunningCount => Executor.EventLoops.Sum(static loop => Math.Max(0, loop.PendingCount - loop.QueuedCount));

    /// <summary>The threads left behind with code that did not end, which still run.</summary>
    public int AbandonedCount => Executor.AbandonedCount;

    /// <summary>True once the pool takes no more tasks.</summary>
    public bool IsStopped => Executor.IsShutdown;

    /// <summary>The language mode in which the pool was made, and which a caller must have.</summary>
    public PSLanguageMode LanguageMode => Settings.LanguageMode;

    /// <summary>True when all loops broke down, and none could be put in their place.</summary>
    internal bool HasNoLoops => !IsStopped && EventLoops.Count == 0;

    /// <summary>True for a pool of calls that name none.</summary>
    internal bool IsDefault { get; }

    internal EventLoopPoolExecutor Executor { get; }

    internal RunspaceSettings Settings { get; }

    /// <summary>The name.</summary>
    /// <returns>The name.</returns>
    public override string ToString() => Name;

    /// <summary>All tasks of a call have ended: what it left behind in a default pool goes.</summary>
    internal void CallEnded(ScriptCall call)
    {
        if (!IsDefault || call.LeavesNoTrace)
        {
            return;
        }

        foreach (var loop in Executor.EventLoops)
        {
            if (loop.Host is RunspaceLoopHost host)
            {
                loop.Post(static state => ((RunspaceLoopHost)state!).ResetState(), host);
            }
        }
    }

    /// <summary>Asks all that is pending to end, and what prepares runspaces. Does not wait.</summary>
    internal void StopPending()
    {
        Executor.StopPending();
        foreach (var loop in Executor.EventLoops)
        {
            (loop.Host as RunspaceLoopHost)?.StopOpening(loop.GracePeriod);
        }
    }

    /// <summary>Takes no more tasks, and asks all that is pending to end. Does not wait.</summary>
    internal void BeginStop()
    {
        Executor.Shutdown(wait: false);
        StopPending();
        Settings.Session.Remove(this);
    }

    /// <summary>Stops all that is pending and ends the loops.</summary>
    internal void StopNow()
    {
        BeginStop();
        Executor.Dispose();
    }
}
