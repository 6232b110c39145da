using System.Management.Automation;
using AsyncExecutors.Runspaces;
using AsyncExecutors.Streams;

namespace AsyncExecutors.Commands;

/// <summary>Waits for tasks that run already, and hands their stream records and results to a cmdlet as they come.</summary>
/// <remarks>Not thread-safe: used by the pipeline's thread; only the queue is fed by others.</remarks>
internal sealed class TaskWait(Cmdlet cmdlet, Action<TaskInfo> emit, CancellationToken stop) : IDisposable
{
    private readonly PipelineQueue _queue = new();
    private readonly HashSet<TaskInfo> _open = [];

    /// <summary>The tasks that have not been handed on.</summary>
    internal IReadOnlyCollection<TaskInfo> Open => _open;

    internal void Add(TaskInfo task)
    {
        if (task.Result is null && RunspaceLoopHost.BeingPrepared(task) is { } loop)
        {
            cmdlet.ThrowTerminatingError(Failures.WaitsForOwnPool(loop, task));
        }

        if (!_open.Add(task))
        {
            return;
        }

        TaskRecords.Instance.Listen(task, _queue);
        var queue = _queue;
        if (task.Result is not null)
        {
            queue.Add(task);
        }
        else
        {
            task.Future.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => queue.Add(task));
        }
    }

    /// <summary>Hands on what there is, without waiting.</summary>
    internal void Drain()
    {
        while (_queue.TryTake(out var item))
        {
            if (item is StreamRecord record)
            {
                record.WriteTo(cmdlet);
            }
            else if (_open.Remove((TaskInfo)item))
            {
                TaskRecords.Instance.Unlisten((TaskInfo)item, _queue);
                HandOn((TaskInfo)item);
            }
        }
    }

    /// <summary>Waits until there is something to hand on.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    internal void Wait(CancellationToken cancellationToken) => _queue.Wait(cancellationToken);

    private void HandOn(TaskInfo task)
    {
        if (task.Status == AsyncTaskStatus.Stopped)
        {
            PipelineQueue.LetStopArrive(stop);
        }

        emit(task);
    }

    public void Dispose()
    {
        foreach (var task in _open)
        {
            TaskRecords.Instance.Unlisten(task, _queue);
        }
    }
}
