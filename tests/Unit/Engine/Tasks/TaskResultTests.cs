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
}
