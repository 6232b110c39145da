namespace AsyncExecutors;

/// <summary>How an executor's event loops are made.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record EventLoopOptions
{
    /// <summary>A plain loop: no host, the system's clock, a grace period of a second.</summary>
    public static EventLoopOptions Default { get; } = new();

    /// <summary>What the loops' names begin with.</summary>
    public string Name { get; init; } = "EventLoop";

    /// <summary>Makes each loop its host; null for none.</summary>
    public Func<IEventLoopHost>? HostFactory { get; init; }

    /// <summary>The clock for timeouts and durations.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How long code may take to end after a timeout or a stop, before its task ends without it.</summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromSeconds(1);
}
