namespace AsyncExecutors;

/// <summary>
/// Ties a clock's timestamps to its time of day, so that a task's times cost one timestamp each and are worked out when
/// somebody asks.
/// </summary>
/// <remarks>Thread safety: immutable.</remarks>
internal sealed class LoopClock
{
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _now;
    private readonly long _timestamp;

    internal LoopClock(TimeProvider time)
    {
        _time = time;
        _now = time.GetUtcNow();
        _timestamp = time.GetTimestamp();
    }

    internal DateTimeOffset TimeOf(long timestamp) => _now + _time.GetElapsedTime(_timestamp, timestamp);

    internal TimeSpan Between(long start, long end) => _time.GetElapsedTime(start, end);
}
