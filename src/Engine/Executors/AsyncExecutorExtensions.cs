namespace AsyncExecutors;

/// <summary>The same, for tasks that return nothing.</summary>
public static class AsyncExecutorExtensions
{
    /// <summary>Hands a task without a value over and returns at once.</summary>
    /// <param name="executor">The executor.</param>
    /// <param name="coroutine">Starts the task, on a loop's thread.</param>
    /// <param name="options">Name and timeout; by default no timeout.</param>
    /// <param name="cancellationToken">Stops the task.</param>
    /// <returns>The task; its value is null.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ObjectDisposedException">The executor was shut down.</exception>
    public static TaskInfo<object?> Submit(
        this IAsyncExecutor executor,
        Func<CancellationToken, Task> coroutine,
        TaskOptions options = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(executor);
        ArgumentNullException.ThrowIfNull(coroutine);
        return executor.Submit(WithoutValue(coroutine), options, cancellationToken);
    }

    /// <summary>Runs a task without a value and blocks until it has ended.</summary>
    /// <param name="executor">The executor.</param>
    /// <param name="coroutine">Starts the task, on a loop's thread.</param>
    /// <param name="cancellationToken">Stops the task.</param>
    /// <inheritdoc cref="IAsyncExecutor.Run" path="/exception"/>
    public static void Run(this IAsyncExecutor executor, Func<CancellationToken, Task> coroutine, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(executor);
        ArgumentNullException.ThrowIfNull(coroutine);
        executor.Run(WithoutValue(coroutine), cancellationToken);
    }

    private static Func<CancellationToken, Task<object?>> WithoutValue(Func<CancellationToken, Task> coroutine) => async token =>
    {
        await coroutine(token).ConfigureAwait(false);
        return null;
    };
}
