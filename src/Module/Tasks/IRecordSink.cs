using AsyncExecutors.Streams;

namespace AsyncExecutors.Tasks;

/// <summary>Takes what tasks write. Called on loops' threads.</summary>
internal interface IRecordSink
{
    /// <summary>True when records go to the pipeline of the cmdlet that has made the tasks; false when somebody fetches them later.</summary>
    bool IsCallersPipeline => false;

    /// <summary>Takes a record of a stream other than output.</summary>
    void Add(ScriptTask task, StreamRecord record);

    /// <summary>A task's block begins.</summary>
    void Begin(ScriptTask task)
    {
    }

    /// <summary>Where a new task's output goes as it is written; null when it is collected in the result.</summary>
    TaskOutput? OutputOf(ScriptTask task) => null;
}
