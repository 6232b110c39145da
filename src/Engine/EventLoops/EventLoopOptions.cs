namespace AsyncExecutors;

/// <summary>How an executor's event loops are made.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record EventLoopOptions
{
    private readonly string _name = "EventLoop";
    private readonly TimeProvider _timeProvider = TimeProvider.System;
    private readonly TimeSpan _gracePeriod = TimeSpan.FromSeconds(1);
    private readonly int _maxAbandonedThreads = 64;
    private readonly int _maxStackSize;

    /// <summary>A plain loop: no host, the system's clock, a grace period of a second.</summary>
    public static EventLoopOptions Default { get; } = new();

    /// <summary>What the loops' names begin with.</summary>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public string Name
    {
        get => _name;
        init
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value);
            _name = value;
        }
    }

    /// <summary>Makes each loop its host; null for none.</summary>
    public Func<IEventLoopHost>? HostFactory { get; init; }

    /// <summary>The clock for timeouts and durations.</summary>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    public TimeProvider TimeProvider
    {
        get => _timeProvider;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            _timeProvider = value;
        }
    }

    /// <summary>How long code may take to end after a timeout or a stop, before its task ends without it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The time is negative or more than <see cref="TaskOptions.MaxTimeout"/>.
    /// </exception>
    public TimeSpan GracePeriod
    {
        get => _gracePeriod;
        init => _gracePeriod = value >= TimeSpan.Zero && value <= TaskOptions.MaxTimeout
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A grace period is at least zero and at most 49 days.");
    }

    /// <summary>How much stack each loop's thread may use, in bytes; 0 unless set, for what the system gives a thread.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int MaxStackSize
    {
        get => _maxStackSize;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _maxStackSize = value;
        }
    }

    /// <summary>
    /// A pool that has left threads behind takes no tasks while the process has so many of them or more; 64 unless set.
    /// They are counted over all pools; a pool that has left none behind is not affected.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public int MaxAbandonedThreads
    {
        get => _maxAbandonedThreads;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _maxAbandonedThreads = value;
        }
    }
}
