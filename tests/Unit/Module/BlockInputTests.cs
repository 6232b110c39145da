namespace AsyncExecutors.Tests.Module;

/// <summary>What a block has from its call: <c>$_</c>, <c>$args</c>, <c>param()</c>.</summary>
public sealed class BlockInputTests : ModuleTest
{
    [Fact]
    public void DollarUnder_PipedInput_IsTheInput() =>
        Assert.Equal([2, 4, 6], Output("(1..3 | Invoke-AsyncMultiple -Ordered { $_ * 2 }).Output"));

    [Fact]
    public void DollarPSItem_PipedInput_IsTheInput() =>
        Assert.Equal(7, One("(7 | Invoke-AsyncMultiple { $PSItem }).Output"));

    [Fact]
    public void DollarUnder_InNestedPipeline_IsThatOfTheNestedPipeline() =>
        Assert.Equal([10, 20, 1], Output("(1 | Invoke-AsyncMultiple { 10, 20 | ForEach-Object { $_ }; $_ }).Output"));

    [Fact]
    public void DollarUnder_Object_IsTheSameObject() =>
        Assert.Same(Probe, One("($probe | Invoke-AsyncMultiple { $_ }).Output"));

    [Fact]
    public void InputObject_Array_IsOneTask() =>
        Assert.Equal(3, One("(Invoke-AsyncMultiple -InputObject (1, 2, 3) { $_.Count }).Output"));

    [Fact]
    public void InputObject_OfResult_IsTheInput() =>
        Assert.Equal("in", One("('in' | Invoke-AsyncMultiple { 'out' }).InputObject"));

    [Fact]
    public void NullInput_IsATask_WithNullAsDollarUnder() =>
        Assert.Equal([true, true], Output("($null, $null | Invoke-AsyncMultiple { $null -eq $_ }).Output"));

    [Fact]
    public void EmptyPipeline_WritesNothing() =>
        Assert.Empty(Output("@() | Invoke-AsyncMultiple { $probe.Hit('ran') }"));

    [Fact]
    public void SequenceThatThrows_EndsTheCallWithItsError_AfterWhatItGave()
    {
        Session.Set("sequence", Failing());
        var run = Run("$sequence | Invoke-AsyncMultiple -MaxWorkers 1 { ($using:probe).Hit('ran') }");

        Assert.Equal("no more", run.AssertError("BadEnumeration").Exception.InnerException?.Message);

        IEnumerable<int> Failing()
        {
            yield return 1;
            yield return 2;
            Probe.WaitForHits("ran", 1);
            throw new InvalidDataException("no more");
        }
    }

    [Fact]
    public void Input_OfACommand_ComesOneByOne_AndEndsWithIt() =>
        Assert.Equal([1, 2, 3, 4], Output("(& { begin { 1; 2 } end { 3; 4 } } | Invoke-AsyncMultiple -Ordered { $_ }).Output"));

    [Fact]
    public void NoInput_IsOneTask() =>
        Assert.Equal(0, One("(Invoke-AsyncMultiple { 'once' }).Index"));

    [Fact]
    public void Args_ArgumentList_AreTheArguments() =>
        Assert.Equal("1-a,b", One("(1 | Invoke-AsyncMultiple { \"$_-$($args -join ',')\" } -ArgumentList a, b).Output"));

    [Fact]
    public void Args_NoArgumentList_AreEmpty() =>
        Assert.Equal(0, One("(1 | Invoke-AsyncMultiple { $args.Count }).Output"));

    [Fact]
    public void Args_Null_IsOneNullArgument() =>
        Assert.Equal(1, One("(1 | Invoke-AsyncMultiple { $args.Count } -ArgumentList (, $null)).Output"));

    [Fact]
    public void Param_ArgumentList_BindsByPosition() =>
        Assert.Equal("x:5:1", One("(1 | Invoke-AsyncMultiple { param([string]$Name, [int]$Count = 3) \"${Name}:${Count}:$_\" } -ArgumentList x, '5').Output"));

    [Fact]
    public void Param_MissingArgument_HasItsDefault() =>
        Assert.Equal("x:3", One("(1 | Invoke-AsyncMultiple { param($Name, $Count = 3) \"${Name}:$Count\" } -ArgumentList x).Output"));

    [Fact]
    public void Param_ArgumentThatCannotBind_FailsTheTask()
    {
        var run = Run("1, 2 | Invoke-AsyncMultiple { param([int]$Count) $Count } -ArgumentList 'no number'");

        Assert.All(run.Results, static result => Assert.Equal(AsyncTaskStatus.Failed, result.Status));
        Assert.Equal(2, run.Results.Count);
        Assert.Equal(2, run.Errors.Count);
    }

    [Fact]
    public void PipedScriptBlocks_WithoutScriptBlock_AreTheTasks() =>
        Assert.Equal(["a", "b"], Output("({ 'a' }, { 'b' } | Invoke-AsyncMultiple -Ordered).Output"));

    [Fact]
    public void PipedScriptBlocks_WithArguments_AllHaveThem() =>
        Assert.Equal([6, 8], Output("({ $args[0] + 1 }, { param($x) $x + 3 } | Invoke-AsyncMultiple -Ordered -ArgumentList 5).Output"));

    [Fact]
    public void Return_InBlock_EndsTheTaskWithWhatItReturns() =>
        Assert.Equal("early", One("(1 | Invoke-AsyncMultiple { if ($_) { return 'early' } 'late' }).Output"));

    [Theory]
    [InlineData("Invoke-AsyncMultiple")]
    [InlineData("Invoke-AsyncTask")]
    [InlineData("Submit-AsyncTask")]
    public void NoScriptBlock_NoInput_IsOneClearError(string cmdlet)
    {
        var run = Run(cmdlet);

        run.AssertError("NoScriptBlock");
        Assert.Empty(run.Output);
    }

    [Fact]
    public void NotAScriptBlock_AmongPipedBlocks_IsOneErrorAndTheOthersRun()
    {
        var run = Run("({ 'a' }, 'text', { 'b' } | Invoke-AsyncMultiple -Ordered).Output");

        var error = run.AssertError("NotAScriptBlock");
        Assert.Equal("text", error.TargetObject.ToString());
        Assert.Equal(["a", "b"], run.Output);
    }

    [Theory]
    [InlineData("Invoke-AsyncMultiple")]
    [InlineData("Invoke-AsyncTask")]
    [InlineData("Submit-AsyncTask")]
    public void NotAScriptBlock_ErrorShowsTheCommandThatWasCalled(string command) =>
        Assert.Contains($"| {command} {{", Run($"'text' | {command}").AssertError("NotAScriptBlock").ToString(), StringComparison.Ordinal);

    [Fact]
    public void ScriptBlock_Text_IsRefusedByTheBinder()
    {
        var run = Run("1 | Invoke-AsyncMultiple -ScriptBlock 'text'");

        run.AssertRefused();
    }

    [Fact]
    public void PipedScriptBlock_ThatIsNull_IsOneClearError()
    {
        var run = Run("({ 'a' }, $null | Invoke-AsyncMultiple).Output");

        run.AssertError("NotAScriptBlock");
        Assert.Equal(["a"], run.Output);
    }

    [Theory]
    [InlineData("-MaxWorkers 0")]
    [InlineData("-MaxWorkers -1")]
    [InlineData("-TaskTimeoutSeconds -1")]
    [InlineData("-TimeoutSeconds -0.5")]
    [InlineData("-TimeoutSeconds ([double]::NaN)")]
    [InlineData("-TaskTimeoutSeconds ([double]::PositiveInfinity)")]
    [InlineData("-TaskTimeoutSeconds 1e300")]
    [InlineData("-Pool $null")]
    [InlineData("-ScriptBlock $null")]
    public void Parameter_OutOfRange_IsRefusedByValidation(string parameter)
    {
        var run = Run($"1 | Invoke-AsyncMultiple {(parameter.StartsWith("-ScriptBlock", StringComparison.Ordinal) ? string.Empty : "{ 'ran' } ")}{parameter}");

        run.AssertRefused();
    }
}
