namespace AsyncExecutors.Tests;

/// <summary>Does something at each end, on the thread that tells it.</summary>
internal sealed class CallingObserver(Action ended) : ITaskObserver
{
    public void OnEnded(TaskInfo task, TaskResult result) => ended();
}
