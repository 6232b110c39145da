namespace AsyncExecutors.Tests.Engine.Tasks;

public sealed class TaskOptionsTests
{
    [Fact]
    public void Default_NoNameAndNoLimit()
    {
        TaskOptions options = default;
        Assert.Null(options.Name);
        Assert.Equal(0, options.Index);
        Assert.Equal(Timeout.InfiniteTimeSpan, options.Timeout);
        Assert.Equal(options, new TaskOptions());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(49L * 24 * 60 * 60 * 1000)]
    [InlineData(-1)]
    public void Timeout_PositiveOrInfinite_Kept(long milliseconds)
    {
        var time = TimeSpan.FromMilliseconds(milliseconds);
        Assert.Equal(time, new TaskOptions { Timeout = time }.Timeout);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    [InlineData((49L * 24 * 60 * 60 * 1000) + 1)]
    public void Timeout_Other_RefusedWithTheRange(long milliseconds)
    {
        var refused = Assert.Throws<ArgumentOutOfRangeException>(() => new TaskOptions { Timeout = TimeSpan.FromMilliseconds(milliseconds) });
        Assert.Contains("49 days", refused.Message);
    }
}
