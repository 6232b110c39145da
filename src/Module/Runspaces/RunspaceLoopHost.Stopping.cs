using System.Management.Automation;
using System.Management.Automation.Runspaces;
using AsyncExecutors.Tasks;

namespace AsyncExecutors.Runspaces;

/// <content>How code is stopped: by a stop of the resident pipeline, which a new one replaces, or with its runspace.</content>
internal sealed partial class RunspaceLoopHost
{
    /// <summary>Stops the task's block if it runs now. Does not wait.</summary>
    internal void Stop(ScriptTask task)
    {
        PowerShell? resident = null;
        lock (_gate)
        {
            if (_current == task && !_isFinally && !_stopping)
            {
                _stopping = true;
                resident = _resident;
            }
        }

        if (resident is not null)
        {
            _imports.Stop(_loop!.GracePeriod);
            BeginStop(resident, $"{_loop.Name} stop");
        }
    }

    /// <summary>A task's code is about to run, and can be stopped from now on unless it is that of a finally block.</summary>
    /// <returns>False when the task has been asked to stop, or has ended without its code.</returns>
    private bool TryBeginCode(ScriptTask task, bool isFinally)
    {
        lock (_gate)
        {
            if (isFinally ? task.HasResult : task.IsStopping)
            {
                return false;
            }

            _current = task;
            _isFinally = isFinally;
            return true;
        }
    }

    /// <param name="mayInterrupt">True when the code may have interrupted its thread; that is not for what comes next.</param>
    private void EndCode(bool mayInterrupt)
    {
        bool stopped;
        lock (_gate)
        {
            _current = null;
            stopped = _stopping;
            _stopping = false;
        }

        _wasStopped = stopped;
        if (stopped || _closed)
        {
            _loop!.LeavePump();
        }

        if (_closed || mayInterrupt)
        {
            ForgetInterrupt();
        }
    }

    /// <summary>The task whose block runs on the calling thread, if a stop can still come to it: not in finally blocks. Null for none.</summary>
    internal static ScriptTask? Stoppable => (EventLoop.Current?.Host as RunspaceLoopHost)?.StoppableNow;

    private ScriptTask? StoppableNow
    {
        get
        {
            lock (_gate)
            {
                var isToCome = !_isFinally && (_current?.IsStopping == false || _resident?.InvocationStateInfo.State == PSInvocationState.Running);
                return isToCome ? _current : null;
            }
        }
    }

    private static void ForgetInterrupt()
    {
        try
        {
            Thread.CurrentThread.Join(0);
        }
        catch (ThreadInterruptedException)
        {
            // Meant for the block that has ended.
        }
    }

    /// <summary>Stops what prepares the loop's runspace, if it has not been opened yet. Does not wait.</summary>
    internal void StopOpening(TimeSpan gracePeriod)
    {
        RunspaceOpening opening;
        lock (_gate)
        {
            opening = _opening;
        }

        opening.Stop(gracePeriod);
    }

    /// <summary>Stops a pipeline, on a thread of its own.</summary>
    /// <remarks>
    /// Not PowerShell's own BeginStop: its thread would keep the process alive as long as the code does not end. And not a
    /// thread of the thread pool: code that does not end would use it up.
    /// </remarks>
    internal static void BeginStop(PowerShell pipeline, string threadName) =>
        new Thread(static running => Stop((PowerShell)running!)) { IsBackground = true, Name = threadName }.UnsafeStart(pipeline);

    private static void Stop(PowerShell pipeline)
    {
        try
        {
            pipeline.Stop();
        }
        catch (Exception)
        {
            // It has ended meanwhile; PowerShell then throws whatever comes first, null references too.
        }
    }

    /// <summary>
    /// The runspace is being closed, by its own block or by somebody else. What runs in it ends, and the loop goes on in
    /// a new one.
    /// </summary>
    private void OnRunspaceStateChanged(object? sender, RunspaceStateEventArgs change)
    {
        if (_closed || change.RunspaceStateInfo.State is RunspaceState.Opening or RunspaceState.Opened)
        {
            return;
        }

        _closedElsewhere = EventLoop.Current != _loop;
        _closed = true;
        if (!_closedElsewhere)
        {
            // Runspace.Close waits for the pipeline that its caller is in, and so would never end.
            Thread.CurrentThread.Interrupt();
            return;
        }

        ScriptTask? task;
        lock (_gate)
        {
            task = _current;
        }

        task?.Stop();
        _loop!.Post(static loop => ((EventLoop)loop!).LeavePump(), _loop);
    }
}
