using System.Management.Automation;

namespace AsyncExecutors.Tests.Module;

/// <summary>What a block writes, as the result's <c>Output</c>.</summary>
public sealed class OutputTests : ModuleTest
{
    [Theory]
    [InlineData("")]
    [InlineData("$x = 5")]
    [InlineData("[void]$_.ToString()")]
    [InlineData("if ($false) { 1 }")]
    [InlineData("return")]
    public void Output_NothingWritten_IsNull(string body)
    {
        var result = Result($"1 | Invoke-AsyncMultiple {{ {body} }}");

        Assert.Equal(AsyncTaskStatus.Succeeded, result.Status);
        Assert.True(result.Success);
        Assert.Null(result.Output);
        Assert.Null(result.Exception);
        Assert.Empty(result.Errors);
    }

    [Theory]
    [InlineData("1 | Invoke-AsyncMultiple { 1 }")]
    [InlineData("1 | Submit-AsyncTask { 1 }")]
    [InlineData("1 | Submit-AsyncTask { 1 } | Wait-AsyncTask")]
    public void Written_KeptInAVariable_HasNoWrapperThatIsKeptWithIt(string call) =>
        Assert.Equal([true, false], Run($"$x = {call}; $null -ne $x; $x -is [psobject]").Output);

    [Fact]
    public void Output_OneObject_IsIt() => Assert.Equal(5, Result("1 | Invoke-AsyncMultiple { 5 }").Output);

    [Fact]
    public void Output_Many_IsAnObjectArray() =>
        Assert.Equal([1, "two", 3.0], Assert.IsType<object[]>(Result("1 | Invoke-AsyncMultiple { 1; 'two'; 3.0 }").Output));

    [Fact]
    public void Output_WrittenArray_IsEnumerated() =>
        Assert.Equal([1, 2, 3], Assert.IsType<object[]>(Result("1 | Invoke-AsyncMultiple { 1, 2; 3 }").Output));

    [Fact]
    public void Output_ArrayAsOneObject_IsThatArray() =>
        Assert.Equal([1, 2], Assert.IsType<object[]>(Result("1 | Invoke-AsyncMultiple { , (1, 2) }").Output));

    [Fact]
    public void Output_WrittenNull_Counts() =>
        Assert.Equal(new object?[] { null, 1 }, Assert.IsType<object?[]>(Result("1 | Invoke-AsyncMultiple { $null; 1 }").Output));

    [Fact]
    public void Output_CustomObject_KeepsItsProperties() =>
        Assert.Equal("a", One("(1 | Invoke-AsyncMultiple { [pscustomobject]@{ Name = 'a' } }).Output.Name"));

    [Fact]
    public void Output_NoteProperties_AreKept() =>
        Assert.Equal("note", One("(1 | Invoke-AsyncMultiple { $t = [psobject]::new('x'); $t.PSObject.Properties.Add([psnoteproperty]::new('Note', 'note')); $t }).Output.Note"));

    [Fact]
    public void Output_ForManyInputs_BelongsToItsInput()
    {
        var results = Output("1..200 | Invoke-AsyncMultiple -Pool (New-EventLoopPool 2) { $_ * 3 }").Cast<ScriptTaskResult>().ToArray();

        Assert.Equal(200, results.Length);
        Assert.Equal(Enumerable.Range(0, 200), results.Select(static result => result.Index).Order());
        Assert.All(results, static result => Assert.Equal((int)result.InputObject! * 3, result.Output));
        Assert.All(results, static result => Assert.Equal((int)result.InputObject! - 1, result.Index));
    }

    [Fact]
    public void Result_HasStartAndDuration()
    {
        var before = DateTimeOffset.UtcNow;
        var result = Result("1 | Invoke-AsyncMultiple { [System.Threading.Thread]::Sleep(20) }");

        Assert.NotNull(result.StartedAt);
        Assert.InRange(result.StartedAt.Value, before.AddSeconds(-1), DateTimeOffset.UtcNow.AddSeconds(1));
        Assert.True(result.Duration >= TimeSpan.FromMilliseconds(15), $"It took {result.Duration}.");
    }

    [Fact]
    public void Result_ReachesThePipelineWhileOthersRun()
    {
        Session.Run("$global:p = New-EventLoopPool 2 -ImportModule $tools").AssertNoErrors();
        using var script = Session.Start("1, 2 | Invoke-AsyncMultiple -Pool $p { if ($_ -eq 2) { Wait-TestGate $using:probe second }; $_ }");

        Assert.Equal(1, Assert.IsType<ScriptTaskResult>(script.WaitForOutput()).Output);
        Probe.Open("second");
        Assert.Equal(2, script.Wait().Results[1].Output);
    }

    [Fact]
    public void Output_BeforeAFailure_IsKept()
    {
        var result = Result("1 | Invoke-AsyncMultiple { 'a'; 'b'; throw 'no' }");

        Assert.Equal(AsyncTaskStatus.Failed, result.Status);
        Assert.Equal(["a", "b"], Assert.IsType<object[]>(result.Output));
    }

    [Fact]
    public void Output_BeforeATimeout_IsKept()
    {
        var result = Result("1 | Invoke-AsyncMultiple -Pool (New-EventLoopPool -ImportModule $tools) -TaskTimeoutSeconds 0.3 { 'a'; Wait-TestGate $using:probe never; 'b' }");

        Assert.Equal(AsyncTaskStatus.TimedOut, result.Status);
        Assert.Equal("a", result.Output);
    }

    [Fact]
    public void Break_OutsideALoop_EndsTheTaskAndOnlyIt()
    {
        var run = Run("1, 2, 3 | Invoke-AsyncMultiple -Ordered { $_; if ($_ -eq 2) { break }; 'end' }; 'after'");

        run.AssertNoErrors();
        Assert.Equal(3, run.Results.Count);
        Assert.Equal(2, run.Results[1].Output);
        Assert.Equal("after", run.Output[^1]);
    }

    [Fact]
    public void Exit_InABlock_EndsTheTaskAndOnlyIt()
    {
        var run = Run("1, 2 | Invoke-AsyncMultiple -Ordered { $_; exit 3 }; 'after'");

        run.AssertNoErrors();
        Assert.Equal([1, 2], run.Results.Select(static result => result.Output));
        Assert.Equal("after", run.Output[^1]);
    }

    [Fact]
    public void TextOfResult_IsReadable()
    {
        var text = PSObject.AsPSObject(Result("1 | Invoke-AsyncMultiple { 5 }")).ToString();

        Assert.Contains("Succeeded", text, StringComparison.Ordinal);
    }
}
