namespace AsyncExecutors.Tests.Engine.EventLoops;

public sealed class EventLoopOptionsTests
{
    [Fact]
    public void Default_SystemClockAndASecondOfGrace()
    {
        Assert.Same(TimeProvider.System, EventLoopOptions.Default.TimeProvider);
        Assert.Equal(TimeSpan.FromSeconds(1), EventLoopOptions.Default.GracePeriod);
        Assert.Null(EventLoopOptions.Default.HostFactory);
        Assert.Equal(64, EventLoopOptions.Default.MaxAbandonedThreads);
    }

    [Fact]
    public void Members_Impossible_Refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new EventLoopOptions { GracePeriod = TimeSpan.FromTicks(-1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EventLoopOptions { GracePeriod = TimeSpan.FromDays(50) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EventLoopOptions { MaxAbandonedThreads = 0 });
        Assert.Throws<ArgumentException>(() => new EventLoopOptions { Name = " " });
        Assert.Throws<ArgumentNullException>(() => new EventLoopOptions { TimeProvider = null! });
    }
}
