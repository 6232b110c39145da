using System.Management.Automation;
using AsyncExecutors.Streams;

namespace AsyncExecutors.Runspaces;

/// <summary>What initialization scripts write to the streams other than output, on its way to the cmdlet that waits for the pool.</summary>
/// <remarks>
/// What the script of a loop that replaces another writes later is nobody's. Thread safety: loops add; one pipeline waits.
/// </remarks>
internal sealed class PreparationRecords
{
    /// <summary>Null once nobody waits any more.</summary>
    private PipelineQueue? _listener = new();

    internal void Add(StreamRecord record) => Volatile.Read(ref _listener)?.Add(record);

    /// <summary>Waits for a task, and writes what comes meanwhile. The pipeline's own thread, once.</summary>
    /// <param name="started">Ends when all records have been added.</param>
    /// <param name="cmdlet">Writes the records.</param>
    /// <param name="stop">Cancelled when the pipeline is stopped.</param>
    /// <exception cref="OperationCanceledException">The pipeline was stopped first.</exception>
    internal void WaitFor(Task started, Cmdlet cmdlet, CancellationToken stop)
    {
        var queue = _listener!;
        started.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => queue.Add(started));
        try
        {
            while (true)
            {
                queue.Wait(stop);
                while (queue.TryTake(out var item))
                {
                    if (item is not StreamRecord record)
                    {
                        return;
                    }

                    record.WriteTo(cmdlet);
                }
            }
        }
        finally
        {
            Volatile.Write(ref _listener, null);
        }
    }
}
