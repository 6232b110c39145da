namespace AsyncExecutors.Tests.Module;

/// <summary>Tasks and other awaitable things that a block writes.</summary>
public sealed class AwaitedOutputTests : ModuleTest
{
    private const string Awaitables = "[AsyncExecutors.Tests.Module.Awaitables]";

    [Theory]
    [InlineData("[System.Threading.Tasks.Task]::FromResult(5)")]
    [InlineData(Awaitables + "::ValueTask(5)")]
    [InlineData(Awaitables + "::CustomAwaitable(5)")]
    [InlineData("[System.Threading.Tasks.Task]::Run([Func[int]] { 5 }.GetNewClosure()) | ForEach-Object { [System.Threading.Tasks.Task]::FromResult(5) }")]
    [InlineData("Submit-AsyncTask { 5 }")]
    public void Awaitable_Written_IsReplacedByItsResult(string expression) =>
        Assert.Equal(5, Result($"1 | Invoke-AsyncMultiple {{ {expression} }}").Output);

    [Theory]
    [InlineData("[System.Threading.Tasks.Task]::CompletedTask")]
    [InlineData("[System.Threading.Tasks.Task]::Delay(5)")]
    [InlineData(Awaitables + "::Void()")]
    [InlineData(Awaitables + "::VoidValueTask()")]
    public void Awaitable_WithoutResult_LeavesNothing(string expression)
    {
        Assert.Null(Result($"1 | Invoke-AsyncMultiple {{ {expression} }}").Output);
        Assert.Equal(["a", "b"], Assert.IsType<object[]>(Result($"1 | Invoke-AsyncMultiple {{ 'a'; {expression}; 'b' }}").Output));
    }

    [Fact]
    public void Awaitables_AmongOtherOutput_TakeTheirPlaces() =>
        Assert.Equal(["a", 1, "b", 2], Assert.IsType<object[]>(
            Result($"1 | Invoke-AsyncMultiple {{ 'a'; [System.Threading.Tasks.Task]::FromResult(1); 'b'; {Awaitables}::ValueTask(2) }}").Output));

    [Fact]
    public void Task_WithAnArray_IsTheArray() =>
        Assert.Equal([1, 2], Assert.IsType<int[]>(Result("1 | Invoke-AsyncMultiple { [System.Threading.Tasks.Task]::FromResult([int[]](1, 2)) }").Output));

    [Fact]
    public void Task_WithNull_IsNull() =>
        Assert.Null(Result("1 | Invoke-AsyncMultiple { [System.Threading.Tasks.Task]::FromResult[object]($null) }").Output);

    [Fact]
    public void Task_Awaited_DoesNotHoldTheLoop()
    {
        // Both wait at once on the one thread: each waits until the other has begun.
        var outputs = Output($$"""
            $p = New-EventLoopPool 1
            (1..20 | Invoke-AsyncMultiple -Pool $p -MaxWorkers 20 -Ordered {
                ($using:probe).Hit('begun')
                if ($_ -eq 20) { ($using:probe).Open('all begun') }
                {{Awaitables}}::After($using:probe, 'all begun', "done $_")
            }).Output
            """);

        Assert.Equal(Enumerable.Range(1, 20).Select(static i => $"done {i}"), outputs);
    }

    [Fact]
    public void Task_ThatFails_FailsTheTaskWithItsException()
    {
        var run = Run($"'in' | Invoke-AsyncMultiple {{ 'before'; {Awaitables}::Failing('broken') }}");
        var result = Assert.Single(run.Results);

        Assert.Equal(AsyncTaskStatus.Failed, result.Status);
        Assert.Equal("broken", Assert.IsType<InvalidDataException>(result.Exception).Message);
        Assert.Equal("before", result.Output);
        Assert.Same(result.Exception, Assert.Single(result.Errors).Exception);
        Assert.Equal("in", Assert.Single(run.Errors).TargetObject.ToString());
    }

    [Fact]
    public void Task_ThatFailsTwice_HasOneOfTheExceptionsOrBoth()
    {
        var result = Result($"1 | Invoke-AsyncMultiple {{ {Awaitables}::FailingTwice() }}");

        Assert.Equal(AsyncTaskStatus.Failed, result.Status);
        Assert.True(result.Exception is InvalidDataException or AggregateException, $"It is {result.Exception}.");
    }

    [Fact]
    public void Task_ThatIsCancelled_FailsTheTask()
    {
        var result = Result($"1 | Invoke-AsyncMultiple {{ {Awaitables}::Cancelled() }}");

        Assert.Equal(AsyncTaskStatus.Failed, result.Status);
        Assert.IsAssignableFrom<OperationCanceledException>(result.Exception);
    }

    [Fact]
    public void Task_ThatNeverEnds_TimesOutAndOutputIsKept()
    {
        var result = Result($"1 | Invoke-AsyncMultiple -TaskTimeoutSeconds 0.2 {{ 'before'; {Awaitables}::Never() }}");

        Assert.Equal(AsyncTaskStatus.TimedOut, result.Status);
        Assert.IsType<TimeoutException>(result.Exception);
        Assert.Equal("before", result.Output);
    }

    [Fact]
    public void Task_ThatNeverEnds_IsLeftWhenThePipelineStops()
    {
        using var script = Session.Start($"1..5 | Invoke-AsyncMultiple {{ ($using:probe).Hit('begun'); {Awaitables}::Never() }}");
        Probe.WaitForHits("begun", 5);

        Assert.Empty(script.Stop().Output);
        Assert.Equal("next", One("(1 | Invoke-AsyncMultiple { 'next' }).Output"));
    }

    [Fact]
    public void Awaitable_InAnArrayOrTable_StaysAsItIs() =>
        Assert.IsAssignableFrom<Task>(One("(1 | Invoke-AsyncMultiple { @{ Task = [System.Threading.Tasks.Task]::FromResult(5) } }).Output.Task"));

    [Theory]
    [InlineData("await ({0})")]
    [InlineData("({0}).Result")]
    [InlineData("({0}).GetAwaiter().GetResult()")]
    [InlineData("$t = {0}; $t.Wait(); $t.Result")]
    public void Task_WaitedForInTheBlock_DoesNotDeadlock(string wait)
    {
        // An asynchronous method that goes on where it was called must not need the thread that waits for it.
        var script = wait.Replace("{0}", Awaitables + "::ValueTask(5).AsTask()", StringComparison.Ordinal);

        Assert.Equal(5, Result($"1 | Invoke-AsyncMultiple -Pool (New-EventLoopPool 1) {{ {script} }}").Output);
    }

    [Fact]
    public void Tasks_Many_AllAreAwaited() =>
        Assert.Equal(500_500, One("""
            $sum = 0
            1..1000 | Invoke-AsyncMultiple -MaxWorkers 500 { [AsyncExecutors.Tests.Module.Awaitables]::ValueTask($_) } | ForEach-Object { $sum += $_.Output }
            $sum
            """));
}
