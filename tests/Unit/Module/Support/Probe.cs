using System.Collections.Concurrent;

namespace AsyncExecutors.Tests.Module;

/// <summary>Gates, counts and meetings, by name, through which tests and the scripts they run order what happens.</summary>
/// <remarks>Thread safety: all members may be used from any thread.</remarks>
public sealed class Probe : IDisposable
{
    private readonly ConcurrentDictionary<string, ManualResetEventSlim> _gates = new();
    private readonly ConcurrentDictionary<string, int> _counts = new();
    private readonly object _gate = new();
    private int _inside;
    private bool _over;

    /// <summary>How long any test waits for what must happen at once. Reached only by a test that fails.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(30);

    /// <summary>The most that were between Enter and Leave at the same moment.</summary>
    public int Most { get; private set; }

    public void Open(string gate) => Gate(gate).Set();

    public bool IsOpen(string gate) => Gate(gate).IsSet;

    /// <summary>Waits at a gate; ends with an exception when it stays closed.</summary>
    public void Wait(string gate) => Wait(gate, CancellationToken.None);

    public void Wait(string gate, CancellationToken cancellationToken)
    {
        if (!Gate(gate).Wait(Limit, cancellationToken))
        {
            throw new TimeoutException($"The gate {gate} was closed for {Limit.TotalSeconds} s.");
        }
    }

    public int Count(string name) => _counts.GetValueOrDefault(name);

    public void Hit(string name)
    {
        lock (_gate)
        {
            _counts.AddOrUpdate(name, 1, static (_, count) => count + 1);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until a name was hit so often.</summary>
    public void WaitForHits(string name, int count)
    {
        lock (_gate)
        {
            while (Count(name) < count && !_over)
            {
                if (!Monitor.Wait(_gate, Limit))
                {
                    throw new TimeoutException($"{name} was hit {Count(name)} times and not {count} times in {Limit.TotalSeconds} s.");
                }
            }
        }
    }

    /// <summary>Waits until so many wait here.</summary>
    public void Meet(string name, int count)
    {
        Hit(name);
        WaitForHits(name, count);
    }

    public void Enter()
    {
        lock (_gate)
        {
            Most = Math.Max(Most, ++_inside);
        }
    }

    public void Leave()
    {
        lock (_gate)
        {
            _inside--;
        }
    }

    /// <summary>Lets go everybody who waits.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _over = true;
            Monitor.PulseAll(_gate);
        }

        foreach (var gate in _gates.Values)
        {
            gate.Set();
        }
    }

    private ManualResetEventSlim Gate(string name) => _gates.GetOrAdd(name, _ => new ManualResetEventSlim(_over));
}
