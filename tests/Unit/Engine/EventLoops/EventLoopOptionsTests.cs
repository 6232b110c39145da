using System.Runtime.CompilerServices;

namespace AsyncExecutors.Tests.Engine.EventLoops;

public sealed class EventLoopOptionsTests
{
    [Fact]
    public void Default_SystemClockAndASecondOfGrace()
    {
        Assert.Same(TimeProvider.System, EventLoopOptions.Default.TimeProvider);
        Assert.Equal(TimeSpan.FromSeconds(1), EventLoopOptions.Default.GracePeriod);
        Assert.Null(EventLoopOptions.Default.HostFactory);
        Assert.Equal("EventLoop", EventLoopOptions.Default.Name);
        Assert.Equal(0, EventLoopOptions.Default.MaxStackSize);
        Assert.Equal(64, EventLoopOptions.Default.MaxAbandonedThreads);
    }

    [Fact]
    public void Members_LeastAndMost_Kept()
    {
        Assert.Equal(TimeSpan.Zero, new EventLoopOptions { GracePeriod = TimeSpan.Zero }.GracePeriod);
        Assert.Equal(TaskOptions.MaxTimeout, new EventLoopOptions { GracePeriod = TaskOptions.MaxTimeout }.GracePeriod);
        Assert.Equal(1, new EventLoopOptions { MaxAbandonedThreads = 1 }.MaxAbandonedThreads);
        Assert.Equal(0, new EventLoopOptions { MaxStackSize = 0 }.MaxStackSize);
    }

    [Fact]
    public void Members_Impossible_Refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new EventLoopOptions { GracePeriod = TimeSpan.FromTicks(-1) });
        Assert.Contains("49 days", Assert.Throws<ArgumentOutOfRangeException>(() => new EventLoopOptions { GracePeriod = TimeSpan.FromDays(50) }).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new EventLoopOptions { MaxAbandonedThreads = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EventLoopOptions { MaxStackSize = -1 });
        Assert.Throws<ArgumentException>(() => new EventLoopOptions { Name = " " });
        Assert.Throws<ArgumentNullException>(() => new EventLoopOptions { TimeProvider = null! });
    }

    /// <summary>A system may give a thread more, as it keeps stacks for the next.</summary>
    [Fact]
    public async Task MaxStackSize_Given_TheLoopsThreadHasAsMuch()
    {
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { MaxStackSize = 64 << 20 });

        Assert.True(await pool.Submit(static _ => Task.FromResult(Kilobytes(0))).Future.Within() > 50_000);
    }

    /// <summary>How much stack there is.</summary>
    private static int Kilobytes(int used)
    {
        Span<byte> room = stackalloc byte[16 * 1024];
        room[^1] = 1;
        return RuntimeHelpers.TryEnsureSufficientExecutionStack() ? Kilobytes(used + 16) + (room[^1] - 1) : used;
    }
}
