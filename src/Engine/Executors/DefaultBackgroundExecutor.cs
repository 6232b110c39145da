namespace AsyncExecutors;

/// <summary>One event loop on one dedicated thread. Ports the seed page's <c>DefaultBackgroundExecutor</c>.</summary>
/// <remarks>
/// <para>Thread safety: as <see cref="IAsyncExecutor"/>.</para>
/// <para>
/// Blocking calls (<c>Run</c>, enumerating <c>RunMultiple</c> or <c>WrapAsyncEnumerable</c>) on the loop's own thread
/// would wait for that thread for ever, and are refused.
/// </para>
/// </remarks>
public sealed class DefaultBackgroundExecutor : AsyncExecutor
{
    private readonly EventLoopPoolExecutor _pool;

    /// <summary>Starts the loop.</summary>
    /// <param name="options">How the loop is made; null for a plain one.</param>
    public DefaultBackgroundExecutor(EventLoopOptions? options = null) =>
        _pool = new EventLoopPoolExecutor(1, options, isElastic: false);

    /// <summary>The loop. Another one takes its place when it had to be given up or broke down.</summary>
    public EventLoop EventLoop => _pool.NewestLoop;

    /// <summary>The threads left behind with code that did not end, which still run.</summary>
    public int AbandonedCount => _pool.AbandonedCount;

    private protected override EventLoopOptions Options => _pool.LoopOptions;

    private protected override Task Ended => _pool.Completion;

    internal override bool IsOwnThread => _pool.IsOwnThread;

    /// <inheritdoc/>
    public override void Submit(TaskInfo task) => _pool.Submit(task);

    internal override void SubmitNew(TaskInfo task) => _pool.SubmitNew(task);

    /// <inheritdoc/>
    public override void Shutdown(bool wait = true, CancellationToken cancellationToken = default) =>
        _pool.Shutdown(wait, cancellationToken);

    /// <inheritdoc/>
    public override void StopPending() => _pool.StopPending();

    private protected override void ThrowIfWaitWouldDeadlock()
    {
        if (IsOwnThread)
        {
            throw new InvalidOperationException(
                $"The thread of {EventLoop.Name} must not block for work that needs it: await what Submit or RunMultipleAsync returns instead.");
        }
    }
}
