namespace AsyncExecutors.Tests;

/// <summary>A loop's host made of a function.</summary>
internal sealed class StubHost(Action<EventLoop, Func<bool>> run) : IEventLoopHost
{
    public void Run(EventLoop loop, Func<bool> pump) => run(loop, pump);

    internal static EventLoopOptions Options(Action<EventLoop, Func<bool>> run) => new() { HostFactory = () => new StubHost(run) };
}
