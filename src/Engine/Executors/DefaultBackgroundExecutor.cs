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
    private readonly EventLoop _loop;

    /// <summary>Starts the loop.</summary>
    /// <param name="options">How the loop is made; null for a plain one.</param>
    public DefaultBackgroundExecutor(EventLoopOptions? options = null)
    {
        Options = options ?? EventLoopOptions.Default;
        _loop = new EventLoop(Options.Name, Options, owner: null);
    }

    /// <summary>The loop.</summary>
    public EventLoop EventLoop => _loop;

    private protected override EventLoopOptions Options { get; }

    private protected override Task Ended => _loop.Completion;

    private protected override bool IsOwnThread => EventLoop.Current == _loop;

    /// <inheritdoc/>
    public override void Submit(TaskInfo task)
    {
        ArgumentNullException.ThrowIfNull(task);
        ObjectDisposedException.ThrowIf(!_loop.TryEnqueue(task), this);
    }

    /// <inheritdoc/>
    public override void Shutdown(bool wait = true, CancellationToken cancellationToken = default)
    {
        _loop.Close();
        if (wait && !IsOwnThread)
        {
            using (EventLoop.EnterWait())
            {
                _loop.Completion.Wait(cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public override void StopPending() => _loop.StopAll();

    private protected override void ThrowIfWaitWouldDeadlock()
    {
        if (IsOwnThread)
        {
            throw new InvalidOperationException(
                $"The thread of {_loop.Name} must not block for work that needs it: await what Submit or RunMultipleAsync returns instead.");
        }
    }
}
