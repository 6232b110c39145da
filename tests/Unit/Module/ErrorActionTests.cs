using System.Management.Automation;

namespace AsyncExecutors.Tests.Module;

/// <summary>The caller's say in errors: <c>-ErrorAction</c>, <c>-ErrorVariable</c>, <c>2>&amp;1</c>.</summary>
public sealed class ErrorActionTests : ModuleTest
{
    [Theory]
    [InlineData("-ErrorAction Stop", "")]
    [InlineData("", "$ErrorActionPreference = 'Stop'")]
    public void Stop_OneTaskFails_EndsTheCall(string parameter, string before)
    {
        var run = Run($$"""
            {{before}}
            try { 1..3 | Invoke-AsyncMultiple -MaxWorkers 1 { ($using:probe).Hit('ran'); throw "no $_" } {{parameter}} } catch { "caught $_" }
            """);

        Assert.Contains("no 1", Assert.IsType<string>(run.Output[^1]), StringComparison.Ordinal);
        Assert.True(run.Results.Count <= 1);
        Assert.Equal(1, Probe.Count("ran"));
    }

    [Fact]
    public void Stop_OneTaskFails_StopsTheRest()
    {
        var run = Run("""
            $p = New-EventLoopPool 3 -ImportModule $tools
            try {
                1..3 | Invoke-AsyncMultiple -Pool $p -ErrorAction Stop {
                    ($using:probe).Meet('begun', 3)
                    if ($_ -eq 2) { throw 'two' }
                    try { Wait-TestGate $using:probe never } finally { ($using:probe).Hit('stopped') }
                }
            } catch { 'caught' }
            """);

        Assert.Equal("caught", run.Output[^1]);
        Probe.WaitForHits("stopped", 2);
    }

    [Theory]
    [InlineData("Ignore")]
    [InlineData("SilentlyContinue")]
    public void IgnoreOrSilent_TasksFail_LeaveJustTheData(string action)
    {
        var run = Run($"1, 2 | Invoke-AsyncMultiple -ErrorAction {action} {{ throw 'no' }}");

        run.AssertNoErrors();
        Assert.Equal([AsyncTaskStatus.Failed, AsyncTaskStatus.Failed], run.Results.Select(static result => result.Status));
        Assert.All(run.Results, static result => Assert.Single(result.Errors));
    }

    [Fact]
    public void SilentlyContinue_NonTerminatingErrors_AreStillInTheResult()
    {
        var run = Run("1 | Invoke-AsyncMultiple -Pool (New-EventLoopPool -ImportModule $tools) -ErrorAction SilentlyContinue { Write-TestRecord Error quiet }");

        run.AssertNoErrors();
        Assert.Equal("quiet", Assert.Single(Assert.Single(run.Results).Errors).Exception.Message);
    }

    [Fact]
    public void ErrorVariable_HasTheFailures()
    {
        var run = Run("1, 2, 3 | Invoke-AsyncMultiple -ErrorAction SilentlyContinue -ErrorVariable failures { if ($_ -ne 2) { throw \"no $_\" } } | ForEach-Object { }; $failures");

        Assert.Equal(2, run.Output.Count);
        Assert.All(run.Output, static error => Assert.IsType<ErrorRecord>(error));
    }

    [Fact]
    public void Redirection_MergesErrorsWithResults()
    {
        var run = Run("1 | Invoke-AsyncMultiple { throw 'no' } 2>&1");

        run.AssertNoErrors();
        Assert.Single(run.Results);
        Assert.Single(run.Output.OfType<ErrorRecord>());
    }

    [Fact]
    public void DollarError_HasEachFailureOnce() =>
        Assert.Equal(2, Run("$Error.Clear(); 1, 2 | Invoke-AsyncMultiple { throw 'no' } | ForEach-Object { }; $Error.Count").Output[^1]);

    [Fact]
    public void DollarQuestion_AfterAFailure_IsFalse() =>
        Assert.Equal(false, Run("$r = 1 | Invoke-AsyncMultiple { throw 'no' }; $?").Output[^1]);

    [Fact]
    public void ErrorRecord_OfATimeout_SaysSo()
    {
        var record = Run("5 | Invoke-AsyncMultiple -TaskTimeoutSeconds 0.2 { [AsyncExecutors.Tests.Module.Awaitables]::Never() }").AssertError("TaskTimedOut");

        Assert.Equal(ErrorCategory.OperationTimeout, record.CategoryInfo.Category);
        Assert.IsType<TimeoutException>(record.Exception);
        Assert.Contains("0.2 s", record.ToString(), StringComparison.Ordinal);
        Assert.Equal("5", record.TargetObject.ToString());
    }

    [Fact]
    public void InvokeAsyncTask_Failure_IsAnErrorAndOutputIsKept()
    {
        var run = Run("'in' | Invoke-AsyncTask { 'before'; throw 'no' }; 'after'");

        run.AssertError("TaskFailed");
        Assert.Equal(["before", "after"], run.Output);
    }

    [Fact]
    public void InvokeAsyncTask_ErrorActionStop_CanBeCaught() =>
        Assert.Equal(["before", "caught"], Output("try { Invoke-AsyncTask { 'before'; throw 'no' } -ErrorAction Stop; 'not here' } catch { 'caught' }"));
}
