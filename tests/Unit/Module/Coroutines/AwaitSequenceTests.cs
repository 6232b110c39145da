namespace AsyncExecutors.Tests.Module.Coroutines;

/// <summary>Asynchronous sequences in blocks that suspend.</summary>
public sealed class AwaitSequenceTests : ModuleTest
{
    private const string Sequences = "[AsyncExecutors.Tests.Module.Sequences]";

    [Theory]
    [InlineData("foreach ($item in await (" + Sequences + "::Failing(2))) { $item }", 19)]
    [InlineData("await (" + Sequences + "::Failing(2))", 1)]
    public void Sequence_ThatFails_IsAnErrorAtTheAwait(string statement, int column)
    {
        var result = Result($"Submit-AsyncTask {{\n{statement}\n'not reached' }} | Wait-AsyncTask -ErrorAction Ignore");

        var error = Assert.Single(result.Errors);
        Assert.Equal(AsyncTaskStatus.Failed, result.Status);
        Assert.Equal([1, 2], Assert.IsType<object[]>(result.Output));
        Assert.IsType<InvalidDataException>(result.Exception);
        Assert.Equal("AwaitedTaskFailed,AsyncExecutors.Commands.ReceiveAsyncTaskCommand", error.FullyQualifiedErrorId);
        Assert.Equal((2, column), (error.InvocationInfo.ScriptLineNumber, error.InvocationInfo.OffsetInLine));
    }

    [Fact]
    public void Sequence_ThatFails_IsCaughtByItsType()
    {
        var output = Output($$"""
            Invoke-AsyncTask {
                try { foreach ($item in await ({{Sequences}}::Failing(2))) { $item } }
                catch [System.IO.InvalidDataException] { "$_ $($_.InvocationInfo.ScriptLineNumber)" }
            }
            """);

        Assert.Equal([1, 2, "half-way 2"], output);
    }

    [Fact]
    public void Items_ComeOneAtATime_AndTheLoopIsFreeBetweenThem()
    {
        var output = Output($$"""
            $pool = New-EventLoopPool 1
            $task = Submit-AsyncTask -Pool $pool { foreach ($item in await ({{Sequences}}::Gated($using:probe, 'go'))) { $item; ($using:probe).Hit($item) } }
            $probe.WaitForHits('first', 1)
            Invoke-AsyncTask -Pool $pool { 'between' }
            $probe.Open('go')
            await $task
            """);

        Assert.Equal(["between", "first", "second"], output);
    }

    [Theory]
    [InlineData("break", "after")]
    [InlineData("return 'left'", "left")]
    [InlineData("throw 'left'", "caught left")]
    public void LeavingTheLoop_DisposesOfTheSequence(string leave, string last)
    {
        var output = Output($$"""
            Invoke-AsyncTask {
                try { foreach ($item in await ({{Sequences}}::Count($using:probe, 5))) { if ($item -eq 2) { {{leave}} } } ; 'after' }
                catch { "caught $_" }
            }
            """);

        Assert.Equal([last], output);
        Assert.Equal([2, 1], [Probe.Count("made"), Probe.Count("disposed")]);
    }

    [Fact]
    public void Stop_CancelsAndDisposesOfTheSequence()
    {
        var result = Result($$"""
            $task = Submit-AsyncTask { foreach ($item in await ({{Sequences}}::Endless($using:probe))) { $item } }
            $probe.WaitForHits('waiting', 1)
            Stop-AsyncTask $task
            $task | Wait-AsyncTask -ErrorAction Ignore
            """);

        Assert.Equal(AsyncTaskStatus.Stopped, result.Status);
        Assert.Equal(1, result.Output);
        Probe.WaitForHits("disposed", 1);
    }

    [Fact]
    public void Sequence_WhoseDisposalDoesNotEnd_HoldsTheBlockForTheGracePeriodOnly()
    {
        // The runspace of the default pool is made as new when no block is suspended in it any more.
        var output = Output($$"""
            $task = Submit-AsyncTask -TimeoutSeconds 0.2 { $global:left = 'left'; foreach ($item in await ({{Sequences}}::SlowToEnd($using:probe, 'never'))) { break } }
            "$(($task | Wait-AsyncTask -ErrorAction Ignore).Status)"
            Invoke-AsyncTask { await ([timespan]::Zero) }
            Invoke-AsyncTask { "[$global:left]" }
            """);

        Assert.Equal(["TimedOut", "[]"], output);
        Assert.Equal(1, Probe.Count("ending"));
    }

    [Fact]
    public void Sequence_ThatIsNotAwaited_IsOneItem()
    {
        Assert.Equal(1, One($$"""Invoke-AsyncTask { $count = 0; foreach ($item in {{Sequences}}::Failing(2)) { $count++; await ([timespan]::Zero) }; $count }"""));
    }

    [Fact]
    public void Sequence_ThatIsAResult_IsOneItem()
    {
        Assert.Equal(1, One($$"""
            Invoke-AsyncTask {
                $count = 0
                foreach ($item in await ([System.Threading.Tasks.Task]::FromResult[object]({{Sequences}}::Failing(2)))) { $count++ }
                $count
            }
            """));
    }

    [Fact]
    public void PipedTasks_WriteEachResultAsItIs()
    {
        var written = Output("""
            Invoke-AsyncTask {
                $tasks = [System.Threading.Tasks.Task]
                , $tasks::FromResult[object]((, (1, 2))) | await
                foreach ($item in , $tasks::FromResult[object]((, (1, 2))) | await) { $item.Count }
                $value = , $tasks::FromResult[object](5) | await
                $value + 1
            }
            """);

        Assert.Equal([new object[] { 1, 2 }, 2, 6], written);
    }
}
