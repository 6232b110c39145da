using System.Runtime.CompilerServices;
using AsyncExecutors.Tasks;

namespace AsyncExecutors.Streams;

/// <summary>
/// Keeps what submitted tasks write to the streams other than output until a cmdlet waits for the task, which writes it
/// then, once.
/// </summary>
internal sealed class TaskRecords : IRecordSink
{
    private readonly ConditionalWeakTable<TaskInfo, Kept> _kept = new();

    internal static TaskRecords Instance { get; } = new();

    public void Add(ScriptTask task, StreamRecord record)
    {
        var kept = _kept.GetOrCreateValue(task);
        PipelineQueue? listener;
        lock (kept)
        {
            listener = kept.Listener;
            if (listener is null)
            {
                kept.Records.Enqueue(record);
            }
        }

        listener?.Add(record);
    }

    /// <summary>Sends what there is, and what comes from now on, to a queue.</summary>
    internal void Listen(TaskInfo task, PipelineQueue queue)
    {
        var kept = _kept.GetOrCreateValue(task);
        lock (kept)
        {
            while (kept.Records.TryDequeue(out var record))
            {
                queue.Add(record);
            }

            kept.Listener = queue;
        }
    }

    /// <summary>Keeps what comes from now on, if it still goes to that queue.</summary>
    internal void Unlisten(TaskInfo task, PipelineQueue queue)
    {
        if (_kept.TryGetValue(task, out var kept))
        {
            lock (kept)
            {
                if (kept.Listener == queue)
                {
                    kept.Listener = null;
                }
            }
        }
    }

    private sealed class Kept
    {
        internal Queue<StreamRecord> Records { get; } = new();

        internal PipelineQueue? Listener { get; set; }
    }
}
