using System.Management.Automation;
using System.Reflection;

namespace AsyncExecutors.Jobs;

/// <summary>What the job of a call and those of its tasks have in common: what jobs of this kind can do at once, or not at all.</summary>
public abstract class AsyncJobBase : Job2
{
    /// <summary>A method of Job2 that the library this is built against does not know. Where it is not found, a job has no reason.</summary>
    private static readonly MethodInfo? SetStateMethod = typeof(Job2).GetMethod(
        "SetJobState", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly, [typeof(JobState), typeof(Exception)]);

    private protected AsyncJobBase(string command, string? name)
        : base(command, name) => PSJobTypeName = "AsyncJob";

    /// <summary>Always empty.</summary>
    public override string StatusMessage => string.Empty;

    /// <summary>Does nothing: a job's tasks have been given to their pool when there is a job.</summary>
    public override void StartJob()
    {
    }

    /// <inheritdoc cref="StartJob"/>
    public override void StartJobAsync() => OnStartJobCompleted(Done());

    /// <summary>Asks what has not ended to end, and waits until it has: for the grace period at the most.</summary>
    public override void StopJob()
    {
        BeginStop();
        using (EventLoop.EnterWait())
        {
            Finished.WaitOne();
        }
    }

    /// <inheritdoc/>
    public override void StopJob(bool force, string reason) => StopJob();

    /// <summary>Asks what has not ended to end, and does not wait.</summary>
    public override void StopJobAsync()
    {
        BeginStop();
        ThreadPool.RegisterWaitForSingleObject(
            Finished, static (job, _) => ((AsyncJobBase)job!).OnStopJobCompleted(Done()), this, Timeout.Infinite, executeOnlyOnce: true);
    }

    /// <inheritdoc/>
    public override void StopJobAsync(bool force, string reason) => StopJobAsync();

    /// <summary>Not possible.</summary>
    /// <exception cref="PSNotSupportedException">Always.</exception>
    public override void SuspendJob() => throw NotSupported();

    /// <inheritdoc cref="SuspendJob()"/>
    public override void SuspendJob(bool force, string reason) => throw NotSupported();

    /// <inheritdoc cref="SuspendJob()"/>
    public override void SuspendJobAsync() => throw NotSupported();

    /// <inheritdoc cref="SuspendJob()"/>
    public override void SuspendJobAsync(bool force, string reason) => throw NotSupported();

    /// <inheritdoc cref="SuspendJob()"/>
    public override void ResumeJob() => throw NotSupported();

    /// <inheritdoc cref="SuspendJob()"/>
    public override void ResumeJobAsync() => throw NotSupported();

    /// <inheritdoc cref="SuspendJob()"/>
    public override void UnblockJob() => throw NotSupported();

    /// <inheritdoc cref="SuspendJob()"/>
    public override void UnblockJobAsync() => throw NotSupported();

    private protected bool IsFinished => JobStateInfo.State is JobState.Completed or JobState.Failed or JobState.Stopped;

    private protected abstract void BeginStop();

    private protected void SetState(JobState state, Exception? reason)
    {
        if (reason is null || SetStateMethod is null)
        {
            SetJobState(state);
        }
        else
        {
            SetStateMethod.Invoke(this, [state, reason]);
        }
    }

    private static System.ComponentModel.AsyncCompletedEventArgs Done() => new(error: null, cancelled: false, userState: null);

    private static PSNotSupportedException NotSupported() => new("A job of this module's tasks cannot be suspended. It can be stopped: Stop-Job.");
}
