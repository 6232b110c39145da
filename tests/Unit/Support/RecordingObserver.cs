using System.Collections.Concurrent;

namespace AsyncExecutors.Tests;

/// <summary>Notes what it is told, and ends a task when it was told of so many.</summary>
internal sealed class RecordingObserver(int expected) : ITaskObserver
{
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ConcurrentQueue<TaskResult> Results { get; } = new();

    internal ConcurrentQueue<TaskInfo> Tasks { get; } = new();

    internal Task All => _all.Task;

    public void OnEnded(TaskInfo task, TaskResult result)
    {
        Tasks.Enqueue(task);
        Results.Enqueue(result);
        if (Results.Count >= expected)
        {
            _all.TrySetResult();
        }
    }
}
