namespace AsyncExecutors.Tests.Interleaving;

/// <summary>That a scenario which fails is told of.</summary>
public sealed class ExplorerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>The explorer ends the threads that are left; a loop that slept on would keep it, and all memory, for ever.</summary>
    [Fact]
    public void Explore_ScenarioFailsWhileALoopSleeps_Throws()
    {
        var exploring = Task.Run(() => Explorer.Explore(() =>
        {
            var pool = new EventLoopPoolExecutor(2, new EventLoopOptions { TimeProvider = new ManualTime() });
            Assert.Equal(1, pool.Submit(_ => Task.FromResult(1)).Future.Result);
            throw new FormatException("planted");
        }));

        Assert.True(Task.WaitAny([exploring], Limit) == 0, "The explorer has not come back.");
        Assert.Contains("planted", Assert.ThrowsAny<Exception>(() => exploring.GetAwaiter().GetResult()).Message, StringComparison.Ordinal);
    }
}
