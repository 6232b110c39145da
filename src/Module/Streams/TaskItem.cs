using AsyncExecutors.Tasks;

namespace AsyncExecutors.Streams;

/// <summary>Something that a task wrote, on its way to a pipeline that has to know which task it was.</summary>
/// <param name="Task">The task.</param>
/// <param name="Value">The object, or a <see cref="StreamRecord"/>.</param>
/// <param name="Room">Where the place that the object takes is given back; null when it takes none.</param>
internal sealed record TaskItem(ScriptTask Task, object? Value, OutputRoom? Room = null);
