namespace AsyncExecutors.Tests.Module;

public sealed class WaitAsyncTaskTests : ModuleTest
{
    public WaitAsyncTaskTests() => Session.Run("$global:p = New-EventLoopPool 3 -ImportModule $tools").AssertNoErrors();

    [Fact]
    public void Wait_WritesResultsInTheOrderTheyEnd()
    {
        using var script = Session.Start("$t = 1..3 | Submit-AsyncTask -Pool $p { Wait-TestGate $using:probe \"go $_\"; $_ }; $t | Wait-AsyncTask | ForEach-Object { $probe.Open(\"go $($_.Output - 1)\"); $_.Output }");
        Probe.WaitForHits("at go 3", 1);
        Probe.Open("go 3");

        Assert.Equal([3, 2, 1], script.Wait().Output);
    }

    [Fact]
    public void Wait_ResultBelongsToTheTask()
    {
        var results = Run("'a', 'b' | Submit-AsyncTask -Pool $p -Name both { \"$_!\" } | Wait-AsyncTask").Results;

        Assert.All(results, static result => Assert.Equal($"{result.InputObject}!", result.Output));
        Assert.All(results, static result => Assert.Equal("both", result.Name));
    }

    [Fact]
    public void Wait_TaskThatHasEnded_IsItsResult() =>
        Assert.Equal([1, 1], Output("$t = Submit-AsyncTask { 1 }; ($t | Wait-AsyncTask).Output; ($t | Wait-AsyncTask).Output"));

    [Fact]
    public void Wait_SameTaskTwice_IsOneResult() =>
        Assert.Single(Run("$t = Submit-AsyncTask { 1 }; $t, $t | Wait-AsyncTask").Results);

    [Fact]
    public void Wait_TasksByPosition_AreAll() =>
        Assert.Equal(3, Run("$t = 1..3 | Submit-AsyncTask { $_ }; Wait-AsyncTask $t").Results.Count);

    [Fact]
    public void Wait_FailedTask_IsAResultAndAnErrorWhoseTargetIsTheInput()
    {
        var run = Run("'in' | Submit-AsyncTask { throw 'no' } | Wait-AsyncTask");

        Assert.Equal(AsyncTaskStatus.Failed, Assert.Single(run.Results).Status);
        Assert.Equal("in", run.AssertError("TaskFailed").TargetObject.ToString());
    }

    [Fact]
    public void Wait_Any_IsTheFirstThatEnds_AndTheOthersGoOn()
    {
        Run("$global:t = 1..3 | Submit-AsyncTask -Pool $p { Wait-TestGate $using:probe \"go $_\"; $_ }").AssertNoErrors();
        Probe.WaitForHits("at go 2", 1);
        using var script = Session.Start("$t | Wait-AsyncTask -Any");
        Probe.Open("go 2");

        Assert.Equal(2, Assert.Single(script.Wait().Results).Output);
        Probe.Open("go 1");
        Probe.Open("go 3");
        Assert.Equal([1, 2, 3], Output("$t | Receive-AsyncTask"));
    }

    [Fact]
    public void Wait_AnyOfSomeThatHaveEnded_IsOne() =>
        Assert.Single(Run("$t = 1..3 | Submit-AsyncTask { $_ }; $null = $t | Wait-AsyncTask; $t | Wait-AsyncTask -Any").Results);

    [Fact]
    public void Wait_TimeoutSeconds_IsAnErrorForEachThatHasNotEnded_AndTheyGoOn()
    {
        var run = Run("$global:t = 1..3 | Submit-AsyncTask -Pool $p { if ($_ -gt 1) { Wait-TestGate $using:probe go }; $_ }; $t | Wait-AsyncTask -TimeoutSeconds 0.4");

        Assert.Null(run.Thrown);
        Assert.Equal(1, Assert.Single(run.Results).Output);
        Assert.Equal(2, run.Errors.Count);
        Assert.All(run.Errors, static error => Assert.StartsWith("WaitTimedOut", error.FullyQualifiedErrorId, StringComparison.Ordinal));
        Probe.Open("go");
        Assert.Equal([1, 2, 3], Output("$t | Receive-AsyncTask"));
    }

    [Fact]
    public void Wait_TimeoutSeconds_EndsInTime_HasNoEffect() =>
        Assert.Equal(5, Assert.Single(Run("Submit-AsyncTask { 5 } | Wait-AsyncTask -TimeoutSeconds 30").Results).Output);

    [Theory]
    [InlineData("@() | Wait-AsyncTask")]
    [InlineData("Wait-AsyncTask @()")]
    [InlineData("@() | Wait-AsyncTask -Any")]
    public void Wait_ForNothing_WritesNothing(string script) => Assert.Empty(Output(script));

    [Theory]
    [InlineData("Wait-AsyncTask $null")]
    [InlineData("Wait-AsyncTask 'text'")]
    [InlineData("Wait-AsyncTask (1..3)")]
    [InlineData("Submit-AsyncTask { } | Wait-AsyncTask -TimeoutSeconds -1")]
    public void Wait_NotATask_IsRefusedByTheBinder(string script) => Run(script).AssertRefused();

    [Fact]
    public void Wait_FromTwoSessions_BothHaveTheResult()
    {
        using var other = new ModuleSession();
        other.Set("t", One("$global:t = Submit-AsyncTask -Pool $p { Wait-TestGate $using:probe go; 'out' }; $t"));
        using var first = Session.Start("($t | Wait-AsyncTask).Output");
        using var second = other.Start("($t | Wait-AsyncTask).Output");
        Probe.Open("go");

        Assert.Equal(["out"], first.Wait().Output);
        Assert.Equal(["out"], second.Wait().Output);
    }
}
