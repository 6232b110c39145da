namespace AsyncExecutors;

/// <summary>Is told when tasks end.</summary>
public interface ITaskObserver
{
    /// <summary>
    /// A task has ended. Called once a task, on whatever thread ended it (often the loop's own), never under a lock.
    /// Must return soon and must not throw.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="result">Its result.</param>
    void OnEnded(TaskInfo task, TaskResult result);
}
