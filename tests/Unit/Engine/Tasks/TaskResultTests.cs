using Microsoft.Extensions.Time.Testing;

namespace AsyncExecutors.Tests.Engine.Tasks;

public sealed class TaskResultTests
{
    [Theory]
    [InlineData(AsyncTaskStatus.Succeeded, true)]
    [InlineData(AsyncTaskStatus.Failed, false)]
    [InlineData(AsyncTaskStatus.TimedOut, false)]
    [InlineData(AsyncTaskStatus.Stopped, false)]
    [InlineData(AsyncTaskStatus.Abandoned, false)]
    public void Success_OfEachEnd_TrueForSucceededOnly(AsyncTaskStatus status, bool success) =>
        Assert.Equal(success, new TaskResult(status).Success);

    [Theory]
    [InlineData(AsyncTaskStatus.Pending)]
    [InlineData(AsyncTaskStatus.Running)]
    public void New_NotAnEnd_Refused(AsyncTaskStatus status) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TaskResult(status));

    [Fact]
    public void Members_AsGiven_AndTheRestEmpty()
    {
        var failure = new FormatException("bad");
        var result = new TaskResult(AsyncTaskStatus.Failed, "partial", failure);
        Assert.Equal("partial", result.Output);
        Assert.Same(failure, result.Exception);
        Assert.Equal(0, result.Index);
        Assert.Equal(0, result.Id);
        Assert.Equal(string.Empty, result.Name);
        Assert.Null(result.StartedAt);
        Assert.Equal(TimeSpan.Zero, result.Duration);
    }

    [Fact]
    public async Task Name_NoneGiven_IsTheTasks()
    {
        await using var pool = new EventLoopPoolExecutor();
        var task = pool.Submit(Coroutines.Returning(1));
        Assert.Equal(task.Name, (await task.ResultWithin()).Name);
        Assert.Equal($"Task{task.Id}", task.Name);
    }

    [Fact]
    public async Task Id_IsTheTasks()
    {
        await using var pool = new EventLoopPoolExecutor();
        var task = pool.Submit(Coroutines.Returning(1), new TaskOptions { Name = "named" });
        Assert.Equal(task.Id, (await task.ResultWithin()).Id);
    }

    [Fact]
    public async Task ToString_WithAndWithoutException_OneLine()
    {
        await using var pool = new EventLoopPoolExecutor();
        var good = await pool.Submit(Coroutines.Returning(1), new TaskOptions { Name = "good" }).ResultWithin();
        Assert.Matches(@"^good Succeeded in [0-9.]+ (µs|ms|s)$", good.ToString());
        var bad = await pool.Submit<int>(_ => throw new FormatException("oh"), new TaskOptions { Name = "bad" }).ResultWithin();
        Assert.Matches(@"^bad Failed in [0-9.]+ (µs|ms|s): oh$", bad.ToString());
    }

    [Theory]
    [InlineData(0, "0 µs")]
    [InlineData(0.9, "900 µs")]
    [InlineData(1, "1.0 ms")]
    [InlineData(999, "999.0 ms")]
    [InlineData(1_000, "1.00 s")]
    [InlineData(59_990, "59.99 s")]
    [InlineData(60_000, "1.0 min")]
    [InlineData(3_540_000, "59.0 min")]
    [InlineData(3_600_000, "1.0 h")]
    [InlineData(90_000_000, "25.0 h")]
    public async Task ToString_Duration_InTheUnitThatSuitsIt(double milliseconds, string expected)
    {
        var clock = new FakeTimeProvider();
        await using var pool = new EventLoopPoolExecutor(1, new EventLoopOptions { TimeProvider = clock });
        var result = await pool.Submit(
            _ =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
                return Task.FromResult(1);
            },
            new TaskOptions { Name = "it" }).ResultWithin();
        Assert.Equal($"it Succeeded in {expected}", result.ToString());
    }

    [Fact]
    public void ToString_NeverBegan_NoDurationAndOneLine()
    {
        var task = new StubTask<int>(static () => null, new TaskOptions { Name = "it" })
        {
            MakeResult = static (status, _) => new TaskResult(status, null, new FormatException("one\ntwo")),
        };
        Assert.True(task.Stop());
        Assert.Equal("it Stopped: one two", task.Result!.ToString());
    }
}
