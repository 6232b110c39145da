namespace AsyncExecutors;

/// <summary>
/// Runs asynchronous work on event loops, for callers that are asynchronous themselves and for those that are not.
/// Ports the seed page's <c>IAsyncExecutor</c>: a task is a function that starts it (a coroutine that has not begun).
/// </summary>
/// <remarks>
/// <para>Thread safety: all members may be used from any thread at any time.</para>
/// <para>
/// <see cref="Shutdown"/> lets what is pending end; <see cref="IDisposable.Dispose"/> stops it. After either, submitting
/// is an <see cref="ObjectDisposedException"/>.
/// </para>
/// </remarks>
public interface IAsyncExecutor : IDisposable, IAsyncDisposable
{
    /// <summary>The number of tasks of one call that run at the same time unless the caller says otherwise (the seed's default).</summary>
    const int DefaultMaxWorkers = 10;

    /// <summary>Hands a task over and returns at once.</summary>
    /// <typeparam name="T">What the task returns.</typeparam>
    /// <param name="coroutine">
    /// Starts the task, on a loop's thread. Its token is cancelled when the task is stopped or out of time.
    /// </param>
    /// <param name="options">Name and timeout; by default no timeout.</param>
    /// <param name="cancellationToken">Stops the task.</param>
    /// <returns>The task; its <see cref="TaskInfo{T}.Future"/> is what the seed page's <c>submit</c> returns.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="coroutine"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The executor was shut down.</exception>
    TaskInfo<T> Submit<T>(Func<CancellationToken, Task<T>> coroutine, TaskOptions options = default, CancellationToken cancellationToken = default);

    /// <summary>Hands over a task of a type of its own and returns at once. A task can be handed over once.</summary>
    /// <param name="task">The task.</param>
    /// <exception cref="ArgumentNullException"><paramref name="task"/> is null.</exception>
    /// <exception cref="InvalidOperationException">An executor has been given the task already.</exception>
    /// <exception cref="AbandonedThreadsException">Too many threads are left behind with code that does not end.</exception>
    /// <exception cref="ObjectDisposedException">The executor was shut down.</exception>
    void Submit(TaskInfo task);

    /// <summary>Runs a task and blocks until it has ended.</summary>
    /// <typeparam name="T">What the task returns.</typeparam>
    /// <param name="coroutine">Starts the task, on a loop's thread.</param>
    /// <param name="cancellationToken">
    /// Stops the task. The call then ends when the task has, or after the grace period, whichever is first.
    /// </param>
    /// <returns>What the task returned.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="coroutine"/> is null.</exception>
    /// <exception cref="InvalidOperationException">
    /// The caller is the thread of the executor's only loop, which the task would need.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The executor was shut down.</exception>
    /// <exception cref="OperationCanceledException">The task was stopped.</exception>
    T Run<T>(Func<CancellationToken, Task<T>> coroutine, CancellationToken cancellationToken = default);

    /// <summary>Runs many tasks, never more than so many at once, and yields each one's result as it ends.</summary>
    /// <typeparam name="T">What the tasks return.</typeparam>
    /// <param name="tasks">
    /// The tasks, taken one by one as there is room: at most <paramref name="maxWorkers"/> have been taken whose results
    /// have not been yielded. When taking one throws, the results of those taken before come first, then the exception.
    /// </param>
    /// <param name="maxWorkers">How many may have begun and not ended.</param>
    /// <param name="timeout">
    /// The time for each task, from its start; null for the seed's 10 seconds,
    /// <see cref="Timeout.InfiniteTimeSpan"/> for no limit.
    /// </param>
    /// <param name="cancellationToken">Stops the tasks and ends the enumeration.</param>
    /// <returns>
    /// A result per task. Leaving the enumeration stops the tasks that have not ended and does not wait for them.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="tasks"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxWorkers"/> or <paramref name="timeout"/> is not positive.</exception>
    /// <exception cref="ObjectDisposedException">The executor was shut down before the call; on enumeration.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; on enumeration.</exception>
    IAsyncEnumerable<TaskResult> RunMultipleAsync<T>(
        IEnumerable<Func<CancellationToken, Task<T>>> tasks,
        int maxWorkers = DefaultMaxWorkers,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// As <see cref="RunMultipleAsync"/>, for a caller that blocks: the enumeration waits for each result, and takes the
    /// tasks, on the caller's thread.
    /// </summary>
    /// <inheritdoc cref="RunMultipleAsync" path="/typeparam|/param|/returns|/exception"/>
    /// <exception cref="InvalidOperationException">
    /// The caller is the thread of the executor's only loop, which the tasks would need; on enumeration.
    /// </exception>
    IEnumerable<TaskResult> RunMultiple<T>(
        IEnumerable<Func<CancellationToken, Task<T>>> tasks,
        int maxWorkers = DefaultMaxWorkers,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes an asynchronous sequence an ordinary one: each item is asked for on a loop, when the caller asks for it.
    /// </summary>
    /// <typeparam name="T">The items' type.</typeparam>
    /// <param name="source">The sequence.</param>
    /// <param name="cancellationToken">Ends the enumeration; handed to the sequence as well.</param>
    /// <returns>
    /// The items. Leaving the enumeration disposes the sequence's enumerator, on a loop, and waits for that; after a
    /// cancellation at most as long as the grace period. An enumerator that is stuck in an item after a cancellation is
    /// disposed when it comes out of it.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="InvalidOperationException">
    /// The caller is the thread of the executor's only loop, which the sequence would need; on enumeration.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The executor was shut down; on enumeration.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; on enumeration.</exception>
    IEnumerable<T> WrapAsyncEnumerable<T>(IAsyncEnumerable<T> source, CancellationToken cancellationToken = default);

    /// <summary>Takes no more tasks, lets what is pending end, and ends the threads. Calling it again is fine.</summary>
    /// <param name="wait">
    /// True to return when the threads have ended. A call from one of the executor's own loops never waits.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting; the shutdown goes on.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    void Shutdown(bool wait = true, CancellationToken cancellationToken = default);
}
