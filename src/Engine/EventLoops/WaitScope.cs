namespace AsyncExecutors;

/// <summary>The time during which a loop's thread is announced to block. See <see cref="EventLoop.EnterWait"/>.</summary>
/// <remarks>Not thread-safe: dispose it once, on the thread that made it.</remarks>
public readonly struct WaitScope : IDisposable
{
    private readonly EventLoop? _loop;

    internal WaitScope(EventLoop? loop) => _loop = loop;

    /// <summary>Ends the announcement.</summary>
    public void Dispose() => _loop?.ExitWait();
}
