namespace AsyncExecutors;

/// <summary>
/// Refuses a task: the process has left behind as many threads as it may, with code that did not end when it was told to,
/// and the pool asked is one that has. Each such thread keeps its stack and all that its code holds, so a pool that goes
/// on losing threads would end the process.
/// </summary>
/// <seealso cref="EventLoopOptions.MaxAbandonedThreads"/>
public sealed class AbandonedThreadsException : InvalidOperationException
{
    /// <summary>Makes the exception.</summary>
    public AbandonedThreadsException()
        : this("Too many threads are left behind with code that does not end.")
    {
    }

    /// <summary>Makes the exception with a message.</summary>
    /// <param name="message">The message.</param>
    public AbandonedThreadsException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception with a message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public AbandonedThreadsException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
