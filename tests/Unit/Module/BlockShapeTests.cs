namespace AsyncExecutors.Tests.Module;

/// <summary>Blocks that are more than a list of statements.</summary>
public sealed class BlockShapeTests : ModuleTest
{
    [Theory]
    [InlineData("begin { 'b' } process { $_ } end { 'e' }", "b,5,e")]
    [InlineData("process { $_ }", "5")]
    [InlineData("process { $_ } end { 'e' }", "5,e")]
    [InlineData("begin { 'b' } end { 'e' }", "b,e")]
    [InlineData("begin { $x = 1 } process { $x += $_ } end { $x }", "6")]
    [InlineData("end { 'e' }", "e")]
    [InlineData("begin { 'b' }", "b")]
    [InlineData("process { $_ } clean { ($using:probe).Hit('clean') }", "5")]
    [InlineData("[CmdletBinding()] param() process { $_ }", "5")]
    [InlineData("[CmdletBinding()] param([Parameter(ValueFromPipeline)] $Item) process { $Item * 2 }", "10")]
    [InlineData("param([Parameter(ValueFromPipeline)] [int] $Item) process { $Item * 2 }", "10")]
    [InlineData("[CmdletBinding()] param([Parameter(ValueFromPipeline)] $Item) begin { 'b' } process { $Item } end { 'e' }", "b,5,e")]
    [InlineData("[CmdletBinding()] param() begin { 'b' } process { $using:probe | ForEach-Object { 'p' } } end { 'e' }", "b,p,e")]
    [InlineData("param($x = 'default') begin { $x } process { $_ }", "default,5")]
    [InlineData("$input", "")]
    public void Block_OfAnyShape_WritesWhatItWouldInAPipeline(string block, string expected) =>
        Assert.Equal(expected, One($"(5 | Invoke-AsyncMultiple {{ {block} }}).Output -join ','"));

    [Theory]
    [InlineData("param($a, $b) begin { \"$a$b\" } process { $_ }", "xy,5")]
    [InlineData("[CmdletBinding()] param($a, $b) process { \"$a$b$_\" }", "xy5")]
    [InlineData("[CmdletBinding()] param([Parameter(Mandatory)] $a, $b, [Parameter(ValueFromPipeline)] $item) process { \"$a$b$item\" }", "xy5")]
    [InlineData("param($a, [Parameter(ValueFromRemainingArguments)] $rest) \"$a$rest\"", "xy")]
    [InlineData("begin { $args -join '' } process { $_ }", "xy,5")]
    public void Block_WithArguments_BindsThem(string block, string expected) =>
        Assert.Equal(expected, One($"(5 | Invoke-AsyncMultiple -ArgumentList x, y {{ {block} }}).Output -join ','"));

    [Fact]
    public void Block_BeginAndEnd_RunOncePerTask()
    {
        Run("1..3 | Invoke-AsyncMultiple { begin { ($using:probe).Hit('begin') } process { ($using:probe).Hit('process') } end { ($using:probe).Hit('end') } }").AssertNoErrors();

        Assert.Equal([3, 3, 3], [Probe.Count("begin"), Probe.Count("process"), Probe.Count("end")]);
    }

    [Fact]
    public void Block_OwnScope_IsNotSeenByTheNextTask() =>
        Assert.Equal([true, true], Output("(1, 2 | Invoke-AsyncMultiple -Pool (New-EventLoopPool 1) -MaxWorkers 1 { begin { $null -eq $mine; $mine = 1 } }).Output"));

    [Fact]
    public void Clean_OfAFailingBlock_Runs()
    {
        var result = Result("1 | Invoke-AsyncMultiple { process { throw 'no' } clean { ($using:probe).Hit('clean') } }");

        Assert.Equal(AsyncTaskStatus.Failed, result.Status);
        Assert.Equal(1, Probe.Count("clean"));
    }

    [Fact]
    public void Clean_OfAStoppedBlock_Runs()
    {
        Result("1 | Invoke-AsyncMultiple -TaskTimeoutSeconds 0.2 -Pool (New-EventLoopPool -ImportModule $tools) { process { Wait-TestGate $using:probe never } clean { ($using:probe).Hit('clean') } }");

        Assert.Equal(1, Probe.Count("clean"));
    }

    [Fact]
    public void MissingMandatoryParameter_FailsTheTask_AndDoesNotAsk()
    {
        var run = Run("1 | Invoke-AsyncMultiple { [CmdletBinding()] param([Parameter(Mandatory)] $Needed) $Needed }");

        Assert.Equal(AsyncTaskStatus.Failed, Assert.Single(run.Results).Status);
        run.AssertError("TaskFailed");
    }

    [Fact]
    public void TerminatingError_InAProcessBlock_FailsTheTaskAndKeepsTheOutput()
    {
        var result = Result("1 | Invoke-AsyncMultiple { begin { 'b' } process { 'p'; throw 'no' } end { 'e' } }");

        Assert.Equal(AsyncTaskStatus.Failed, result.Status);
        Assert.Equal(["b", "p"], Assert.IsType<object[]>(result.Output));
    }

    [Fact]
    public void NullInput_OfAProcessBlock_IsProcessedOnce() =>
        Assert.Equal(1, One("($null | Invoke-AsyncMultiple { begin { $n = 0 } process { $n++ } end { $n } }).Output"));

    [Fact]
    public void ArrayInput_OfAProcessBlock_IsOneInput() =>
        Assert.Equal("1x3", One("(, (1, 2, 3) | Invoke-AsyncMultiple { begin { $n = 0 } process { $n++; $count = $_.Count } end { \"${n}x$count\" } }).Output"));

    [Fact]
    public void Filter_FromAFunction_CanBeTheBlock() =>
        Assert.Equal(10, One("filter Double { $_ * 2 }; (5 | Invoke-AsyncMultiple ${function:Double}).Output"));

    [Fact]
    public void Function_AsBlock_BindsItsParameters() =>
        Assert.Equal("x5", One("function Name($a) { \"$a$_\" }; (5 | Invoke-AsyncMultiple ${function:Name} -ArgumentList x).Output"));

    [Fact]
    public void Class_InABlock_CanBeUsed() =>
        Assert.Equal("made", One("(1 | Invoke-AsyncMultiple { class Thing { [string] $Name = 'made' }; [Thing]::new().Name }).Output"));

    [Fact]
    public void Closure_AsBlock_RunsWithoutItsVariables() =>
        Assert.Equal("ran", One("$x = 1; $block = { 'ran' }.GetNewClosure(); (1 | Invoke-AsyncMultiple $block).Output"));
}
