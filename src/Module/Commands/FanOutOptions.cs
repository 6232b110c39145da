namespace AsyncExecutors.Commands;

/// <summary>What a cmdlet wants of its tasks' run. Immutable.</summary>
internal sealed record FanOutOptions
{
    /// <summary>How many tasks at once.</summary>
    internal required int MaxWorkers { get; init; }

    /// <summary>True to emit in the order of the input.</summary>
    internal bool IsOrdered { get; init; }

    /// <summary>True to write the tasks' output as they write it.</summary>
    internal bool StreamsOutput { get; init; }

    /// <summary>The time for the whole call.</summary>
    internal TimeSpan Limit { get; init; } = Timeout.InfiniteTimeSpan;
}
