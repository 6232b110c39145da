using AsyncExecutors.Streams;

namespace AsyncExecutors.Runspaces;

/// <summary>What initialization scripts write to the streams other than output, on its way to the cmdlet that waits for the pool.</summary>
/// <remarks>
/// What the script of a loop that replaces another writes later is nobody's. Thread safety: loops add; one pipeline waits.
/// </remarks>
internal sealed class PreparationRecords
{
    private volatile bool _isClosed;

    /// <summary>What has come.</summary>
    internal PipelineQueue Queue { get; } = new();

    internal void Add(StreamRecord record)
    {
        if (!_isClosed)
        {
            Queue.Add(record);
        }
    }

    /// <summary>Nobody waits any more.</summary>
    internal void Close() => _isClosed = true;
}
