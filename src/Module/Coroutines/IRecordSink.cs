using AsyncExecutors.Streams;

namespace AsyncExecutors.Coroutines;

/// <summary>Takes what tasks write to the streams other than output. Called on loops' threads.</summary>
internal interface IRecordSink
{
    void Add(ScriptTask task, StreamRecord record);
}
