using System.Collections.Concurrent;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using AsyncExecutors.Runspaces;

namespace AsyncExecutors.Pools;

/// <summary>The pools of one session (runspace), by name. The runspaces of its pools' loops count as the same session.</summary>
/// <remarks>Thread safety: all members may be used from any thread.</remarks>
internal sealed class SessionPools
{
    /// <summary>The name of the pool for calls that name none.</summary>
    internal const string DefaultName = "Default";

    private static readonly ConditionalWeakTable<Runspace, SessionPools> Sessions = new();

    private readonly ConcurrentDictionary<string, EventLoopPool> _pools = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<PSLanguageMode, EventLoopPool> _defaults = new();
    private readonly ConcurrentDictionary<Runspace, bool> _runspaces = new();
    private readonly object _gate = new();
    private int _named;

    /// <summary>The pools of the session that runs on the calling thread.</summary>
    internal static SessionPools Current => Sessions.GetValue(Runspace.DefaultRunspace, static runspace => new SessionPools(runspace));

    private SessionPools(Runspace runspace) => runspace.StateChanged += (_, change) =>
    {
        if (change.RunspaceStateInfo.State is RunspaceState.Closing or RunspaceState.Closed or RunspaceState.Broken)
        {
            StopAll();
        }
    };

    internal IEnumerable<EventLoopPool> All => _pools.Values.Concat(_defaults.Values).OrderBy(static pool => pool.Name, StringComparer.OrdinalIgnoreCase);

    internal EventLoopPool? Find(string name) => _pools.TryGetValue(name, out var pool) ? pool : null;

    /// <summary>Lets a loop's runspace see this session's pools, until <see cref="Release"/>.</summary>
    internal void Adopt(Runspace runspace)
    {
        Sessions.AddOrUpdate(runspace, this);
        _runspaces[runspace] = true;
    }

    /// <summary>A loop's runspace is no longer in use.</summary>
    internal void Release(Runspace runspace) => _runspaces.TryRemove(runspace, out _);

    /// <summary>Makes a pool.</summary>
    /// <returns>The pool; null when the name is taken.</returns>
    internal EventLoopPool? Add(string? name, int poolSize, RunspaceSettings settings)
    {
        lock (_gate)
        {
            if (name is null)
            {
                do
                {
                    name = $"Pool{++_named}";
                }
                while (_pools.ContainsKey(name));
            }
            else if (_pools.ContainsKey(name) || Enum.GetValues<PSLanguageMode>().Any(mode => name.Equals(NameOfDefault(mode), StringComparison.OrdinalIgnoreCase)))
            {
                return null;
            }

            return _pools[name] = new EventLoopPool(name, poolSize, settings, isDefault: false);
        }
    }

    /// <summary>The session's own pool for calls that name none; made when it is first asked for.</summary>
    internal EventLoopPool Default(PSLanguageMode mode, Func<RunspaceSettings> settings)
    {
        lock (_gate)
        {
            if (!_defaults.TryGetValue(mode, out var pool) || pool.IsStopped || pool.HasNoLoops)
            {
                _defaults[mode] = pool = new EventLoopPool(NameOfDefault(mode), 1, settings(), isDefault: true);
            }

            return pool;
        }
    }

    private static string NameOfDefault(PSLanguageMode mode) =>
        mode == PSLanguageMode.FullLanguage ? DefaultName : $"{DefaultName}-{mode}";

    internal void Remove(EventLoopPool pool)
    {
        ((ICollection<KeyValuePair<string, EventLoopPool>>)_pools).Remove(new(pool.Name, pool));
        ((ICollection<KeyValuePair<PSLanguageMode, EventLoopPool>>)_defaults).Remove(new(pool.LanguageMode, pool));
    }

    internal void StopAll()
    {
        // All are asked before any is waited for, and all are waited for at once, so that their grace periods are one.
        var pools = All.ToArray();
        Array.ForEach(pools, static pool => pool.BeginStop());
        using (EventLoop.EnterWait())
        {
            Task.WhenAll(pools.Select(static pool => pool.Executor.DisposeAsync().AsTask())).GetAwaiter().GetResult();
        }

        foreach (var runspace in _runspaces.Keys)
        {
            BeginClose(runspace);
        }
    }

    /// <summary>Begins to close a runspace whose code does not end.</summary>
    /// <remarks>
    /// A PowerShell process that ends waits for every runspace that is open, and so for ever for this one; but not for one
    /// that is closing. The thread is our own because that of CloseAsync would keep the process alive.
    /// </remarks>
    private static void BeginClose(Runspace runspace)
    {
        var closing = new ManualResetEventSlim();
        runspace.StateChanged += OnStateChanged;
        new Thread(static stuck => Close((Runspace)stuck!)) { IsBackground = true, Name = "AsyncExecutors close" }.UnsafeStart(runspace);
        if (runspace.RunspaceStateInfo.State == RunspaceState.Opened)
        {
            closing.Wait(TimeSpan.FromSeconds(1));
        }

        runspace.StateChanged -= OnStateChanged;

        void OnStateChanged(object? sender, RunspaceStateEventArgs change) => closing.Set();
    }

    private static void Close(Runspace runspace)
    {
        try
        {
            runspace.Dispose();
        }
        catch (Exception)
        {
            // It was closed meanwhile, on its own thread.
        }
    }
}
