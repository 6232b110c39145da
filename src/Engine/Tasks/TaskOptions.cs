namespace AsyncExecutors;

/// <summary>What may be said of a task beside its code.</summary>
public readonly record struct TaskOptions
{
    /// <summary>The longest timeout that timers know: 49 days.</summary>
    public static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(49);

    private readonly TimeSpan? _timeout;

    /// <summary>A name for logs and results; by default <c>Task</c> and a number.</summary>
    public string? Name { get; init; }

    /// <summary>The task's place among those of its call, from 0. A <see cref="TaskGroup"/> numbers its tasks itself.</summary>
    public int Index { get; init; }

    /// <summary>
    /// The time the task may take, from its start; by default <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>,
    /// no limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is neither positive, up to <see cref="MaxTimeout"/>, nor infinite.</exception>
    public TimeSpan Timeout
    {
        get => _timeout ?? System.Threading.Timeout.InfiniteTimeSpan;
        init => _timeout = (value > TimeSpan.Zero && value <= MaxTimeout) || value == System.Threading.Timeout.InfiniteTimeSpan
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A timeout is more than zero and at most 49 days, or infinite for none.");
    }
}
