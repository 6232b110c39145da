namespace AsyncExecutors.Tests.Module;

/// <summary><c>$using:</c>: the caller's values, in every place where PowerShell allows it.</summary>
public sealed class UsingTests : ModuleTest
{
    [Fact]
    public void Using_Variable_IsTheCallersLiveObject() =>
        Assert.Same(Probe, One("(1 | Invoke-AsyncMultiple { $using:probe }).Output"));

    [Fact]
    public void Using_OtherLetterCase_IsTheSameVariable() =>
        Assert.Equal(10, One("$Number = 5; (1 | Invoke-AsyncMultiple { $using:NUMBER + $using:number }).Output"));

    [Fact]
    public void Using_LocalVariableOfAFunction_IsFound() =>
        Assert.Equal("local", One("function f { $inside = 'local'; (1 | Invoke-AsyncMultiple { $using:inside }).Output }; f"));

    [Fact]
    public void Using_VariableThatIsNull_IsNull() =>
        Assert.Equal(true, One("$nothing = $null; (1 | Invoke-AsyncMultiple { $null -eq $using:nothing }).Output"));

    [Fact]
    public void Using_Scope_IsThatVariable() =>
        Assert.Equal("global", One("$global:here = 'global'; (1 | Invoke-AsyncMultiple { $using:global:here }).Output"));

    [Fact]
    public void Using_EnvironmentVariable_IsItsValue() =>
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), One("(1 | Invoke-AsyncMultiple { $using:env:PATH }).Output"));

    [Theory]
    [InlineData("$using:a[1]", 20)]
    [InlineData("$using:a[-1]", 30)]
    [InlineData("$using:h.Key", "value")]
    [InlineData("$using:h['Key']", "value")]
    [InlineData("$using:h.Inner.Deep", 42)]
    [InlineData("$using:h.List[1].Name", "second")]
    [InlineData("$using:a.Length", 3)]
    [InlineData("($using:s).ToUpper()", "TEXT")]
    [InlineData("\"<$($using:s)>\"", "<text>")]
    [InlineData("\"<$using:s>\"", "<text>")]
    [InlineData("$using:h.key + $using:h.Key", "valuevalue")]
    public void Using_Expression_IsItsValue(string expression, object expected) =>
        Assert.Equal(expected, One($$"""
            $a = 10, 20, 30; $s = 'text'
            $h = @{ Key = 'value'; Inner = @{ Deep = 42 }; List = @(@{ Name = 'first' }, @{ Name = 'second' }) }
            (1 | Invoke-AsyncMultiple { {{expression}} }).Output
            """));

    [Fact]
    public void Using_Splatted_BindsTheParameters() =>
        Assert.Equal("1,2", One("$list = 1, 2; (1 | Invoke-AsyncMultiple { & { $args -join ',' } @using:list }).Output"));

    [Theory]
    [InlineData("& { $using:x }")]
    [InlineData(". { $using:x }")]
    [InlineData("& { & { $using:x } }")]
    [InlineData("1 | ForEach-Object { $using:x }")]
    [InlineData("1 | Where-Object { $using:x } | ForEach-Object { $using:x }")]
    [InlineData("function f { $using:x }; f")]
    [InlineData("try { throw 'no' } catch { $using:x }")]
    [InlineData("if ($using:x) { $using:x }")]
    [InlineData("@{ a = $using:x }.a")]
    public void Using_NestedBlock_IsTheCallersValue(string body) =>
        Assert.Equal("outer", One($"$x = 'outer'; (1 | Invoke-AsyncMultiple {{ {body} }}).Output"));

    [Fact]
    public void Using_ValueChangesAfterSubmit_IsThatOfTheCall() =>
        Assert.Equal("then", One("""
            $x = 'then'
            $task = Submit-AsyncTask { ($using:probe).Wait('go'); $using:x }
            $x = 'later'
            $probe.Open('go')
            $task | Receive-AsyncTask
            """));

    [Fact]
    public void Using_PipedBlocks_EachHasItsOwn() =>
        Assert.Equal([1, 2], Output("$a = 1; $b = 2; ({ $using:a }, { $using:b } | Invoke-AsyncMultiple -Ordered).Output"));

    [Fact]
    public void Using_NestedCall_TakesTheTasksOwnVariable() =>
        Assert.Equal("inner 7 / outer", One("""
            $x = 'outer'
            (7 | Invoke-AsyncMultiple { $y = "inner $_"; (1 | Invoke-AsyncMultiple { $using:y }).Output + ' / ' + $using:x }).Output
            """));

    [Fact]
    public void Using_NestedCallWithTheSameName_TakesTheTasksOwnVariable() =>
        Assert.Equal("mine", One("$x = 'outer'; (1 | Invoke-AsyncMultiple { $x = 'mine'; (1 | Invoke-AsyncMultiple { $using:x }).Output }).Output"));

    [Fact]
    public void Using_AsPoolOfNestedCall_IsTheCallersPool() =>
        Assert.Equal("ran", One("$p = New-EventLoopPool 2; (1 | Invoke-AsyncMultiple { (1 | Invoke-AsyncMultiple -Pool $using:p { 'ran' }).Output }).Output"));

    [Fact]
    public void Using_InInnerAndOuterBlock_AreTwoValues() =>
        Assert.Equal("outer,inner", One("""
            $x = 'outer'
            (1 | Invoke-AsyncMultiple { $before = $using:x; $x = 'inner'; $before + ',' + (1 | Invoke-AsyncMultiple { $using:x }).Output }).Output
            """));

    [Theory]
    [InlineData("1, 2, 3 | Invoke-AsyncMultiple { $using:doesNotExist }")]
    [InlineData("1, 2, 3 | Invoke-AsyncMultiple { & { $using:doesNotExist.Name } }")]
    [InlineData("1, 2, 3 | Submit-AsyncTask { $using:doesNotExist }")]
    [InlineData("1, 2, 3 | Invoke-AsyncTask { $using:doesNotExist[0] }")]
    public void Using_VariableThatDoesNotExist_IsOneClearError(string script)
    {
        var run = Run(script);

        var error = run.AssertError("UsingVariableMissing");
        Assert.Contains("$using:doesNotExist", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void Using_VariableThatDoesNotExistInOnePipedBlock_TheCallSaysWhich()
    {
        var run = Run("{ 'a' }, { $using:doesNotExist } | Invoke-AsyncMultiple");

        Assert.Contains("doesNotExist", run.AssertError("UsingVariableMissing").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Variable_OfCallerWithoutUsing_IsNotSeen() =>
        Assert.Equal(true, One("$x = 5; (1 | Invoke-AsyncMultiple { $null -eq $x }).Output"));
}
