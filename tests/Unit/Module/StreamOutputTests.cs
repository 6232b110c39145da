namespace AsyncExecutors.Tests.Module;

/// <summary><c>-StreamOutput</c>: what tasks write, the moment they write it.</summary>
public sealed class StreamOutputTests : ModuleTest
{
    private const string Awaitables = "[AsyncExecutors.Tests.Module.Awaitables]";

    public StreamOutputTests() => Session.Run("$global:p = New-EventLoopPool 3 -ImportModule $tools").AssertNoErrors();

    [Theory]
    [InlineData("Invoke-AsyncMultiple -StreamOutput")]
    [InlineData("Invoke-AsyncMultiple -StreamOutput -Ordered")]
    [InlineData("Invoke-AsyncTask")]
    public void Object_ArrivesWhileItsTaskRuns(string command)
    {
        using var script = Session.Start($"1 | {command} -Pool $p {{ 'first'; Wait-TestGate $using:probe go; 'second' }}");

        Assert.Equal("first", script.WaitForOutput());
        Probe.Open("go");
        var run = script.Wait();
        run.AssertNoErrors();
        Assert.Equal("second", run.Output[^1]);
    }

    [Theory]
    [InlineData("'first'; await ([AsyncExecutors.Tests.Module.Awaitables]::After($using:probe, 'go', 'second'))")]
    [InlineData("await ([AsyncExecutors.Tests.Module.Sequences]::Gated($using:probe, 'go'))")]
    [InlineData("foreach ($item in await ([AsyncExecutors.Tests.Module.Sequences]::Gated($using:probe, 'go'))) { $item }")]
    [InlineData("function Get-Both { 'first'; await ([AsyncExecutors.Tests.Module.Awaitables]::After($using:probe, 'go', 'second')) }; await Get-Both")]
    [InlineData("function Get-Both { 'first'; await ([AsyncExecutors.Tests.Module.Awaitables]::After($using:probe, 'go', 'second')) }; function Get-All { await Get-Both }; await Get-All")]
    public void ObjectOfABlockThatAwaits_ArrivesWhileItWaits(string block)
    {
        using var script = Session.Start($"1 | Invoke-AsyncMultiple -StreamOutput -Pool $p {{ {block} }}");

        Assert.Equal("first", script.WaitForOutput());
        Probe.Open("go");
        var run = script.Wait();
        run.AssertNoErrors();
        Assert.Equal("second", run.Output[^1]);
    }

    [Fact]
    public void WhatAnAwaitedFunctionWrites_KeepsItsOrder_AlsoBehindATask()
    {
        var output = Output("1 | Invoke-AsyncMultiple -StreamOutput -Pool $p { function F { 1; [AsyncExecutors.Tests.Module.Awaitables]::ValueTask(2); 3; await ([timespan]::Zero); 4 }; await F; 5 }");

        Assert.Equal([1, 2, 3, 4, 5], output);
    }

    [Theory]
    [InlineData("Invoke-AsyncMultiple -StreamOutput -MaxWorkers 2")]
    [InlineData("Invoke-AsyncMultiple -StreamOutput -MaxWorkers 2 -Ordered")]
    [InlineData("Invoke-AsyncTask")]
    public void FirstObjectIsEnough_StopsTheTaskThatWroteItAndTheRest(string command)
    {
        var run = Run($"1..1000 | ForEach-Object {{ $probe.Hit('in'); $_ }} | {command} -Pool $p {{ if ($_ -eq 1) {{ ($using:probe).WaitForHits('at never', 1); 'first' }}; try {{ Wait-TestGate $using:probe never }} finally {{ ($using:probe).Hit('finally') }} }} | Select-TestFirst");

        Assert.Equal(["first"], run.Output);
        Probe.WaitForHits("finally", 2);
        Assert.InRange(Probe.Count("in"), 2, 100);
    }

    [Fact]
    public void Objects_AreThoseWritten_AndNoResults() =>
        Assert.Equal(
            new object?[] { 1, null, "text", 3 },
            Output("1 | Invoke-AsyncMultiple -StreamOutput { 1; $null; 'text'; , (1, 2) | ForEach-Object { 3 } }"));

    [Fact]
    public void ArrayAsOneObject_IsThatArray() =>
        Assert.Equal([1, 2], Assert.IsType<object[]>(One("1 | Invoke-AsyncMultiple -StreamOutput { , (1, 2) }")));

    [Fact]
    public void CustomObject_KeepsItsProperties() =>
        Assert.Equal("a", One("(1 | Invoke-AsyncMultiple -StreamOutput { [pscustomobject]@{ Name = 'a' } }).Name"));

    [Fact]
    public void Ordered_OutputComesTaskByTask() =>
        Assert.Equal(
            ["1a", "1b", "2a", "2b", "3a", "3b"],
            Output("1..3 | Invoke-AsyncMultiple -StreamOutput -Ordered -Pool $p { \"${_}a\"; if ($_ -lt 3) { ($using:probe).Wait(\"end $($_ + 1)\") }; \"${_}b\"; ($using:probe).Open(\"end $_\") }"));

    [Fact]
    public void Ordered_TheTaskWhoseTurnItIs_IsLive()
    {
        using var script = Session.Start("1, 2 | Invoke-AsyncMultiple -StreamOutput -Ordered -Pool $p { if ($_ -eq 1) { Wait-TestGate $using:probe one; 'one' } else { 'two'; Wait-TestGate $using:probe two; 'end' } } | ForEach-Object { $probe.Hit($_); $_ }");
        Probe.WaitForHits("at two", 1);
        Assert.Equal(0, Probe.Count("two"));
        Probe.Open("one");
        Probe.WaitForHits("two", 1);
        Probe.Open("two");

        Assert.Equal(["one", "two", "end"], script.Wait().Output);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-Ordered")]
    public void Failure_IsAnErrorAboutTheInput_AndOutputBeforeItIsKept(string ordered)
    {
        var run = Run($"1..3 | Invoke-AsyncMultiple -StreamOutput {ordered} {{ \"before $_\"; if ($_ -eq 2) {{ throw 'broken' }} }}");

        Assert.Equal(["before 1", "before 2", "before 3"], run.Output.Order());
        var error = run.AssertError("TaskFailed");
        Assert.Equal("2", error.TargetObject.ToString());
        Assert.Contains("broken", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ErrorActionStop_EndsTheCall()
    {
        var run = Run("try { 1..3 | Invoke-AsyncMultiple -StreamOutput -ErrorAction Stop -Pool $p { if ($_ -eq 2) { ($using:probe).WaitForHits('begun', 2); throw 'two' }; try { ($using:probe).Hit('begun'); Wait-TestGate $using:probe never } finally { ($using:probe).Hit('finally') } } } catch { \"caught $_\" }");

        Assert.StartsWith("caught 2: two", Assert.IsType<string>(Assert.Single(run.Output)), StringComparison.Ordinal);
        Probe.WaitForHits("finally", 2);
    }

    [Fact]
    public void Timeout_IsAnError_AndWhatWasWrittenBeforeAndInFinallyIsThereOnce()
    {
        var run = Run("'in' | Invoke-AsyncMultiple -StreamOutput -TaskTimeoutSeconds 0.3 -Pool $p { 'before'; try { Wait-TestGate $using:probe never } finally { 'finally' }; 'after' }");

        Assert.Equal(["before", "finally"], run.Output);
        run.AssertError("TaskTimedOut");
    }

    [Fact]
    public void AbandonedBlock_WhatItWritesLaterReachesNobody()
    {
        var run = Run("1 | Invoke-AsyncMultiple -StreamOutput -TaskTimeoutSeconds 0.2 -Pool $p { 'before'; try { [System.Threading.Thread]::CurrentThread.IsBackground; ($using:probe).Wait('late') } finally { 'late'; ($using:probe).Hit('went on') } }; $probe.Open('late')");

        Assert.Equal(["before", true], run.Output);
        run.AssertError("TaskTimedOut");
    }

    [Fact]
    public void ManyTasks_EveryObjectComesOnce()
    {
        var output = Output("1..500 | Invoke-AsyncMultiple -StreamOutput -Pool $p -MaxWorkers 7 { foreach ($i in 1..40) { $_ * 100 + $i } }").Cast<int>().ToArray();

        Assert.Equal(Enumerable.Range(1, 500).SelectMany(static task => Enumerable.Range(1, 40).Select(i => (task * 100) + i)), output.Order());
        Assert.All(output.GroupBy(static item => (item - 1) / 100), static task => Assert.Equal(task.Order(), task));
    }

    [Fact]
    public void ManyTasks_Ordered_EveryObjectComesOnceInOrder() =>
        Assert.Equal(
            Enumerable.Range(1, 500).SelectMany(static task => Enumerable.Range(1, 40).Select(i => (task * 100) + i)),
            Output("1..500 | Invoke-AsyncMultiple -StreamOutput -Ordered -Pool $p -MaxWorkers 7 { foreach ($i in 1..40) { $_ * 100 + $i } }").Cast<int>());

    [Fact]
    public void StreamsOfATask_KeepTheirOrder()
    {
        var output = Output("1 | Invoke-AsyncMultiple -StreamOutput -Pool $p { 'a'; Write-TestRecord Warning b; 'c'; Write-TestRecord Information d; Write-TestRecord Error e; 'f' } *>&1 | ForEach-Object { \"$_\" }");

        Assert.Equal(["a", "b", "c", "d", "e", "f"], output);
    }

    [Fact]
    public void Ordered_StreamsOfAllTasks_ComeTaskByTask()
    {
        var output = Output("1..2 | Invoke-AsyncMultiple -StreamOutput -Ordered -Pool $p { if ($_ -eq 1) { ($using:probe).Wait('two') }; \"a$_\"; Write-TestRecord Warning \"b$_\"; \"c$_\"; ($using:probe).Open('two') } 3>&1 | ForEach-Object { \"$_\" }");

        Assert.Equal(["a1", "b1", "c1", "a2", "b2", "c2"], output);
    }

    [Fact]
    public void Awaitables_AreReplacedByTheirResults() =>
        Assert.Equal(
            ["a", 1, "b", 2, "c"],
            Output($"1 | Invoke-AsyncMultiple -StreamOutput {{ 'a'; {Awaitables}::ValueTask(1); 'b'; [System.Threading.Tasks.Task]::Delay(5); {Awaitables}::CustomAwaitable(2); 'c' }}"));

    [Fact]
    public void Awaitable_Pending_WhatIsWrittenBehindItWaits()
    {
        using var script = Session.Start($"1 | Invoke-AsyncMultiple -StreamOutput -Pool $p {{ 'a'; {Awaitables}::After($using:probe, 'go', 'b'); 'c'; ($using:probe).Hit('ended') }} | ForEach-Object {{ $probe.Hit($_); $_ }}");
        Probe.WaitForHits("a", 1);
        Probe.WaitForHits("ended", 1);
        Assert.Equal(0, Probe.Count("c"));
        Probe.Open("go");

        Assert.Equal(["a", "b", "c"], script.Wait().Output);
    }

    [Fact]
    public void Awaitable_Ended_ArrivesWhileTheBlockRuns()
    {
        using var script = Session.Start($"1 | Invoke-AsyncMultiple -StreamOutput -Pool $p {{ {Awaitables}::ValueTask(5); Wait-TestGate $using:probe go }}");

        Assert.Equal(5, script.WaitForOutput());
        Probe.Open("go");
        script.Wait().AssertNoErrors();
    }

    [Fact]
    public void Awaitable_ThatFails_EndsTheOutputAndFailsTheTask()
    {
        var run = Run($"'in' | Invoke-AsyncMultiple -StreamOutput {{ 'a'; {Awaitables}::Failing('broken'); 'b'; {Awaitables}::ValueTask(1) }}");

        Assert.Equal(["a"], run.Output);
        Assert.Equal("broken", Assert.IsType<InvalidDataException>(run.AssertError("TaskFailed").Exception).Message);
    }

    [Fact]
    public void BlockThatFails_AwaitsWhatItWroteBefore()
    {
        var run = Run($"1 | Invoke-AsyncMultiple -StreamOutput -Pool $p {{ {Awaitables}::After($using:probe, 'go', 'a'); 'b'; ($using:probe).Open('go'); throw 'broken' }}");

        Assert.Equal(["a", "b"], run.Output);
        Assert.Contains("broken", run.AssertError("TaskFailed").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Awaitable_ThatNeverEnds_TimesOut_AndTheRestIsThere()
    {
        var run = Run($"1 | Invoke-AsyncMultiple -StreamOutput -TaskTimeoutSeconds 0.2 {{ 'a'; {Awaitables}::Never(); 'b' }}");

        Assert.Equal(["a", "b"], run.Output);
        run.AssertError("TaskTimedOut");
    }

    [Fact]
    public void PublicInvocation_WritesAtTheEnd_NothingIsLost()
    {
        AppContext.SetSwitch("AsyncExecutors.UsePublicInvocationOnly", true);
        try
        {
            Assert.Equal(["a", 1, "b"], Output($"1 | Invoke-AsyncMultiple -StreamOutput {{ 'a'; {Awaitables}::ValueTask(1); 'b' }}"));
        }
        finally
        {
            AppContext.SetSwitch("AsyncExecutors.UsePublicInvocationOnly", false);
        }
    }

    [Fact]
    public void SuspendingBlock_WritesInOrder_AwaitedAndPlain() =>
        Assert.Equal(
            ["a", 1, "b", 2, 3, "c"],
            Output($"1 | Invoke-AsyncMultiple -StreamOutput {{ 'a'; await ({Awaitables}::ValueTask(1)); 'b'; $x = await ({Awaitables}::ValueTask(2)); $x; {Awaitables}::ValueTask(3); 'c' }}"));

    [Fact]
    public void SuspendingBlock_WhileItWaits_WhatItWroteHasArrived()
    {
        using var script = Session.Start($"1 | Invoke-AsyncMultiple -StreamOutput {{ await ({Awaitables}::ValueTask(1)); 'x'; $null = await ({Awaitables}::After($using:probe, 'go', 'b')); 'end' }} | ForEach-Object {{ $probe.Hit($_); $_ }}");
        Probe.WaitForHits("1", 1);
        Probe.WaitForHits("x", 1);
        Probe.Open("go");

        Assert.Equal([1, "x", "end"], script.Wait().Output);
    }

    [Fact]
    public void SuspendingBlock_AwaitedResult_HasArrivedWhileItWaitsForTheNext()
    {
        using var script = Session.Start($"1 | Invoke-AsyncMultiple -StreamOutput {{ await ({Awaitables}::ValueTask(1)); await ({Awaitables}::After($using:probe, 'go', 'b')) }}");

        Assert.Equal(1, script.WaitForOutput());
        Probe.Open("go");
        Assert.Equal("b", script.Wait().Output[^1]);
    }

    [Fact]
    public void SuspendingBlock_ThatFails_OutputBeforeItIsKept()
    {
        var run = Run($"'in' | Invoke-AsyncMultiple -StreamOutput {{ 'a'; $null = await ({Awaitables}::ValueTask(1)); 'b'; throw 'broken' }}");

        Assert.Equal(["a", "b"], run.Output);
        Assert.Equal("in", run.AssertError("TaskFailed").TargetObject.ToString());
    }

    [Fact]
    public void SuspendingBlock_TimesOut_OutputBeforeAndInFinallyIsThereOnce()
    {
        var run = Run($"1 | Invoke-AsyncMultiple -StreamOutput -TaskTimeoutSeconds 0.3 {{ 'a'; try {{ await ({Awaitables}::Never()) }} finally {{ 'b' }}; 'c' }}");

        Assert.Equal(["a", "b"], run.Output);
        run.AssertError("TaskTimedOut");
    }
}
