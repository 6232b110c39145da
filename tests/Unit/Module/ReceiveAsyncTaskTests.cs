namespace AsyncExecutors.Tests.Module;

/// <summary>Receive-AsyncTask, alias <c>await</c>, outside of a task.</summary>
public sealed class ReceiveAsyncTaskTests : ModuleTest
{
    private const string A = "[AsyncExecutors.Tests.Module.Awaitables]";

    [Theory]
    [InlineData("Submit-AsyncTask { 5 } | Receive-AsyncTask", "5")]
    [InlineData("await (Submit-AsyncTask { 5; 6 })", "5,6")]
    [InlineData("1..3 | Submit-AsyncTask { $_ } | await", "1,2,3")]
    [InlineData("await (1..3 | Submit-AsyncTask { $_ })", "1,2,3")]
    [InlineData("1..3 | Invoke-AsyncMultiple -Ordered { $_ } | await", "1,2,3")]
    [InlineData("await ([System.Threading.Tasks.Task]::FromResult(5))", "5")]
    [InlineData("[System.Threading.Tasks.Task]::FromResult(5) | await", "5")]
    [InlineData("await (" + A + "::ValueTask(5))", "5")]
    [InlineData("await (" + A + "::CustomAwaitable(5))", "5")]
    [InlineData("await (" + A + "::Void())", "")]
    [InlineData("await (" + A + "::VoidValueTask())", "")]
    [InlineData("await ([System.Threading.Tasks.Task]::Delay(5))", "")]
    [InlineData("await ([System.Threading.Tasks.Task]::FromResult([int[]](1, 2)))", "1,2")]
    [InlineData("await @([System.Threading.Tasks.Task]::FromResult(1), [System.Threading.Tasks.Task]::FromResult(2))", "1,2")]
    [InlineData("await @()", "")]
    public void Receive_WritesTheOutputItself(string script, string expected) =>
        Assert.Equal(expected, One($"@({script}) -join ','"));

    [Fact]
    public void Receive_TaskThatHasEnded_CanBeAskedAgain() =>
        Assert.Equal([1, 1], Output("$t = Submit-AsyncTask { 1 }; await $t; await $t"));

    [Fact]
    public void Receive_Waits()
    {
        using var script = Session.Start("$probe.Hit('waiting'); await ([AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 'out'))");
        Probe.WaitForHits("waiting", 1);
        Probe.Open("go");

        Assert.Equal(["out"], script.Wait().Output);
    }

    [Theory]
    [InlineData("'text'")]
    [InlineData("5")]
    [InlineData("$null")]
    [InlineData("@{ a = 1 }")]
    public void Receive_NotAwaitable_IsOneClearError(string item)
    {
        var run = Run($"await {item}; await ([System.Threading.Tasks.Task]::FromResult('next'))");

        run.AssertError("NotAwaitable");
        Assert.Equal(["next"], run.Output);
    }

    [Fact]
    public void Receive_FailingDotNetTask_CanBeCaughtByItsType() =>
        Assert.Equal("caught broken", One($"try {{ await ({A}::Failing('broken')); 'not here' }} catch [System.IO.InvalidDataException] {{ \"caught $($_.Exception.Message)\" }}"));

    [Fact]
    public void Receive_CancelledDotNetTask_CanBeCaughtByItsType() =>
        Assert.Equal("caught", One($"try {{ await ({A}::Cancelled()) }} catch [System.OperationCanceledException] {{ 'caught' }}"));

    [Fact]
    public void Receive_FailedTask_IsAnErrorAndItsOutputIsWritten()
    {
        var run = Run("'in' | Submit-AsyncTask { 'before'; throw 'no' } | Receive-AsyncTask; 'after'");

        Assert.Equal("in", run.AssertError("TaskFailed").TargetObject.ToString());
        Assert.Equal(["before", "after"], run.Output);
    }

    [Fact]
    public void Receive_FailedTask_ErrorActionStop_CanBeCaughtByItsType() =>
        Assert.Equal("caught", One("try { Submit-AsyncTask { throw [System.IO.InvalidDataException]::new('no') } | Receive-AsyncTask -ErrorAction Stop } catch [System.IO.InvalidDataException] { 'caught' }"));

    [Fact]
    public void Receive_ManyWithOneFailure_WritesTheOthers()
    {
        var run = Run("1..3 | Submit-AsyncTask { if ($_ -eq 2) { throw 'two' }; $_ } | Receive-AsyncTask");

        run.AssertError("TaskFailed");
        Assert.Equal([1, 3], run.Output);
    }

    [Fact]
    public void Receive_OnALoop_WaitsThereToo() =>
        Assert.Equal("in out", One("$p = New-EventLoopPool; Invoke-AsyncTask -Pool $p { $x = await ([AsyncExecutors.Tests.Module.Awaitables]::ValueTask(5)); await (Submit-AsyncTask -Pool $using:p { 'in' }) | ForEach-Object { \"$_ out\" } }"));
}
