namespace AsyncExecutors.Tests.Module;

/// <summary>Submit-AsyncTask and Stop-AsyncTask.</summary>
public sealed class SubmitAsyncTaskTests : ModuleTest
{
    public SubmitAsyncTaskTests() => Session.Run("$global:p = New-EventLoopPool 1 -ImportModule $tools").AssertNoErrors();

    [Fact]
    public void Submit_ReturnsAtOnce_WithATaskThatRuns()
    {
        var task = Assert.IsAssignableFrom<TaskInfo>(One("$global:t = Submit-AsyncTask -Name fetch -Pool $p { Wait-TestGate $using:probe go; 'out' }; $t"));
        Probe.WaitForHits("at go", 1);

        Assert.Equal("fetch", task.Name);
        Assert.Null(task.Result);
        Assert.Equal(AsyncTaskStatus.Running, task.Status);
        Assert.Same(task.EventLoop!.Thread, task.Thread);
        Assert.False(task.Future.IsCompleted);
        Probe.Open("go");
        Assert.Equal("out", One("$t | Receive-AsyncTask"));
        Assert.True(task.Future.IsCompletedSuccessfully);
        Assert.Equal(AsyncTaskStatus.Succeeded, task.Status);
    }

    [Fact]
    public void Submit_ManyInputs_IsATaskEach()
    {
        var tasks = Output("1..5 | Submit-AsyncTask -Pool $p { $_ * 2 }").Cast<TaskInfo>().ToArray();

        Assert.Equal(5, tasks.Select(static task => task.Id).Distinct().Count());
        Assert.Equal([0, 1, 2, 3, 4], tasks.Select(static task => task.Index));
    }

    [Fact]
    public void Submit_EachTask_HasItsInput_AndItsResultTheSameId() => Assert.Equal(
        ["a", "b", true, true],
        Output("$t = 'a', 'b' | Submit-AsyncTask -Pool $p { }; $t.InputObject; $t | ForEach-Object { $_.Id -eq ($_ | Wait-AsyncTask).Id }"));

    [Fact]
    public void Submit_NoInput_IsOneTask_EmptyPipelineNone() =>
        Assert.Equal([1, 0], Output("@(Submit-AsyncTask { }).Count; @(@() | Submit-AsyncTask { }).Count"));

    [Fact]
    public void Submit_TasksOutliveThePipeline() =>
        Assert.Equal([2, 4], [.. Output("$global:t = 1, 2 | Submit-AsyncTask { $_ * 2 }"), .. Output("$t | Receive-AsyncTask")]);

    [Fact]
    public void Submit_UsingAndArguments_Work() =>
        Assert.Equal("x y 1", One("$x = 'x'; 1 | Submit-AsyncTask { \"$using:x $($args[0]) $_\" } -ArgumentList y | Receive-AsyncTask"));

    [Fact]
    public void Submit_Failing_IsNoErrorUntilItIsAskedFor()
    {
        Run("$global:t = Submit-AsyncTask -Pool $p { throw 'no' }; $null = Invoke-AsyncTask -Pool $p { 1 }").AssertNoErrors();

        var result = Assert.Single(Run("$t | Wait-AsyncTask").Results);
        Assert.Equal(AsyncTaskStatus.Failed, result.Status);
        Assert.Single(result.Errors);
    }

    [Fact]
    public void Stop_RunningTask_EndsItAndRunsFinally()
    {
        Run("$global:t = Submit-AsyncTask -Pool $p { 'before'; try { Wait-TestGate $using:probe never } finally { ($using:probe).Hit('finally') } }").AssertNoErrors();
        Probe.WaitForHits("at never", 1);
        Run("$t | Stop-AsyncTask").AssertNoErrors();

        var run = Run("$t | Wait-AsyncTask");
        var result = Assert.Single(run.Results);
        Assert.Equal(AsyncTaskStatus.Stopped, result.Status);
        Assert.IsAssignableFrom<OperationCanceledException>(result.Exception);
        Assert.Equal("before", result.Output);
        run.AssertError("TaskStopped");
        Probe.WaitForHits("finally", 1);
    }

    [Fact]
    public void Stop_TaskThatAwaits_EndsIt()
    {
        Run("$global:t = Submit-AsyncTask -Pool $p { ($using:probe).Hit('begun'); [AsyncExecutors.Tests.Module.Awaitables]::Never() }").AssertNoErrors();
        Probe.WaitForHits("begun", 1);

        Assert.Equal(AsyncTaskStatus.Stopped, Assert.Single(Run("$t | Stop-AsyncTask; $t | Wait-AsyncTask -ErrorAction Ignore").Results).Status);
    }

    [Fact]
    public void Stop_QueuedTask_NeverBegins()
    {
        Run("""
            $first = Submit-AsyncTask -Pool $p { Wait-TestGate $using:probe go; 'first' }
            $second = Submit-AsyncTask -Pool $p { ($using:probe).Hit('second') }
            $second | Stop-AsyncTask
            $global:status = ($second | Wait-AsyncTask -ErrorAction Ignore).Status
            $probe.Open('go')
            $global:out = $first | Receive-AsyncTask
            Invoke-AsyncTask -Pool $p { }
            """).AssertNoErrors();

        Assert.Equal(AsyncTaskStatus.Stopped, ScriptRun.Plain(System.Management.Automation.PSObject.AsPSObject(Session.Get("status"))));
        Assert.Equal("first", Session.Get("out")?.ToString());
        Assert.Equal(0, Probe.Count("second"));
    }

    [Fact]
    public void Stop_EndedTask_StaysAsItIs() =>
        Assert.Equal("out", One("$t = Submit-AsyncTask -Pool $p { 'out' }; $null = $t | Wait-AsyncTask; $t | Stop-AsyncTask; $t | Receive-AsyncTask"));

    [Fact]
    public void Stop_Twice_IsFine() =>
        Assert.Single(Run("$t = Submit-AsyncTask -Pool $p { Wait-TestGate $using:probe never }; $t, $t | Stop-AsyncTask; $t | Stop-AsyncTask; $t | Wait-AsyncTask -ErrorAction Ignore").Results);

    [Fact]
    public void Stop_WhatIf_StopsNothing() =>
        Assert.Equal("out", One("$t = Submit-AsyncTask -Pool $p { Wait-TestGate $using:probe go; 'out' }; $t | Stop-AsyncTask -WhatIf; $probe.Open('go'); $t | Receive-AsyncTask"));

    [Fact]
    public void Stop_LeavesTheOtherTasksOfTheLoop() =>
        Assert.Equal(["b", "next"], Output("""
            $a = Submit-AsyncTask -Pool $p { Wait-TestGate $using:probe never }
            $b = Submit-AsyncTask -Pool $p { 'b' }
            $probe.WaitForHits('at never', 1)
            $a | Stop-AsyncTask
            $b | Receive-AsyncTask
            Invoke-AsyncTask -Pool $p { 'next' }
            """));

    [Theory]
    [InlineData("Stop-AsyncTask $null")]
    [InlineData("Stop-AsyncTask 'text'")]
    [InlineData("$null | Stop-AsyncTask")]
    public void Stop_NotATask_IsRefusedByTheBinder(string script) => Run(script).AssertRefused();

    [Fact]
    public void Stop_EmptyArray_IsFine() => Assert.Empty(Output("@() | Stop-AsyncTask; Stop-AsyncTask @()"));
}
