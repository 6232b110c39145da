namespace AsyncExecutors;

/// <content>The end as others see it, and the future, which is made with the task or when somebody asks for it.</content>
/// <remarks>
/// <c>_end</c> is one word for both, so that of the task's end and the making of its future one sees the other, and exactly one
/// ends the future: the task's end when the future was there before, otherwise whoever makes it.
/// </remarks>
public abstract partial class TaskInfo
{
    /// <summary>It is decided whose future is the task's.</summary>
    private const int FutureClaimed = 0x100;

    /// <summary>The future is there.</summary>
    private const int FutureThere = 0x200;

    /// <summary>How the task has ended, <see cref="AsyncTaskStatus.Pending"/> until then; and those two.</summary>
    private int _end;

    private AsyncTaskStatus EndStatus => (AsyncTaskStatus)(Volatile.Read(ref _end) & ~(FutureClaimed | FutureThere));

    /// <summary>True when the future is there.</summary>
    private protected bool HasFuture => (Volatile.Read(ref _end) & FutureThere) != 0;

    /// <summary>Ends the future as the task has ended. Called once; throws nothing.</summary>
    private protected abstract void EndFuture();

    /// <summary>The future was made with the task, which nobody else has yet.</summary>
    private protected void NoteFutureFromStart() => _end = FutureClaimed | FutureThere;

    /// <returns>
    /// True when the caller's future is the task's, and the caller is to show it. False when another one is, which is there then.
    /// </returns>
    private protected bool TryClaimFuture()
    {
        if ((Interlocked.Or(ref _end, FutureClaimed) & FutureClaimed) == 0)
        {
            return true;
        }

        var spin = default(SpinWait);
        while (!HasFuture)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }

        return false;
    }

    /// <summary>The future is there, and ends here if the task has ended before.</summary>
    private protected void ShowFuture()
    {
        if ((Interlocked.Or(ref _end, FutureThere) & ~FutureClaimed) != (int)AsyncTaskStatus.Pending)
        {
            EndFuture();
        }
    }

    /// <summary>Written last of all that tells how the task has ended.</summary>
    /// <returns>True when the future was there before.</returns>
    private bool ShowEnd(AsyncTaskStatus status)
    {
        if (!HasFuture)
        {
            return (Interlocked.Or(ref _end, (int)status) & FutureThere) != 0;
        }

        // All that somebody else may still write is a claim, which is there: this needs no atomic step.
        Volatile.Write(ref _end, FutureClaimed | FutureThere | (int)status);
        return true;
    }
}
