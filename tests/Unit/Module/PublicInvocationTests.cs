namespace AsyncExecutors.Tests.Module;

/// <summary>With PowerShell's public way to invoke a block, as on a PowerShell whose inner way has changed.</summary>
public sealed class PublicInvocationTests : ModuleTest
{
    private const string Switch = "AsyncExecutors.UsePublicInvocationOnly";

    public PublicInvocationTests() => AppContext.SetSwitch(Switch, true);

    [Theory]
    [InlineData("(1..3 | Invoke-AsyncMultiple -Ordered { $_ * 2 }).Output -join ','", "2,4,6")]
    [InlineData("(1 | Invoke-AsyncMultiple { 'a'; 'b' }).Output -join ','", "a,b")]
    [InlineData("1..100 | Invoke-AsyncMultiple { $_ } | ForEach-Object { $sum += $_.Output } -End { $sum }", "5050")]
    [InlineData("1..3 | Submit-AsyncTask { $_ } | Wait-AsyncTask | ForEach-Object { $sum += $_.Output } -End { $sum }", "6")]
    [InlineData("\"<$((1 | Invoke-AsyncMultiple { }).Output)>\"", "<>")]
    [InlineData("(1 | Invoke-AsyncMultiple { param($a) \"$a$_\" } -ArgumentList x).Output", "x1")]
    [InlineData("(1 | Invoke-AsyncMultiple { \"$args$_\" } -ArgumentList x).Output", "x1")]
    [InlineData("$x = 'u'; (1 | Invoke-AsyncMultiple { & { $using:x } }).Output", "u")]
    [InlineData("(5 | Invoke-AsyncMultiple { begin { 'b' } process { $_ } end { 'e' } }).Output -join ','", "b,5,e")]
    [InlineData("(5 | Invoke-AsyncMultiple { process { $_ } }).Output", "5")]
    [InlineData("(1 | Invoke-AsyncMultiple { [AsyncExecutors.Tests.Module.Awaitables]::ValueTask(5) }).Output", "5")]
    [InlineData("(1 | Invoke-AsyncMultiple { , (1, 2) }).Output -join ','", "1,2")]
    [InlineData("$VerbosePreference = 'Continue'; (1 | Invoke-AsyncMultiple { \"$VerbosePreference\" }).Output", "Continue")]
    [InlineData("$p = New-EventLoopPool; Invoke-AsyncTask -Pool $p { Invoke-AsyncTask -Pool $using:p { 'deep' } }", "deep")]
    public void Output_IsTheSame(string script, string expected) => Assert.Equal(expected, One(script)?.ToString());

    [Theory]
    [InlineData("throw [System.IO.InvalidDataException]::new('no')", typeof(InvalidDataException))]
    [InlineData("1 / 0; 'after'", typeof(DivideByZeroException))]
    [InlineData("[int]::Parse('x'); 'after'", typeof(FormatException))]
    [InlineData("Get-NoSuchCommand; 'after'", typeof(System.Management.Automation.CommandNotFoundException))]
    public void TerminatingError_IsTheSame(string body, Type exception)
    {
        var run = Run($"'in' | Invoke-AsyncMultiple {{ {body} }}");
        var result = Assert.Single(run.Results);

        Assert.Equal(AsyncTaskStatus.Failed, result.Status);
        Assert.IsType(exception, result.Exception);
        Assert.Equal("in", run.AssertError("TaskFailed").TargetObject.ToString());
    }

    [Fact]
    public void NonTerminatingError_IsTheSame()
    {
        var result = Result("1 | Invoke-AsyncMultiple -Pool (New-EventLoopPool -ImportModule $tools) { Write-TestRecord Error quiet; 'out' }");

        Assert.Equal(AsyncTaskStatus.Succeeded, result.Status);
        Assert.Equal("out", result.Output?.ToString());
        Assert.Single(result.Errors);
    }

    [Fact]
    public void Timeout_IsTheSame_AndTheLoopServesOn()
    {
        var run = Run("$p = New-EventLoopPool -ImportModule $tools; 1 | Invoke-AsyncMultiple -Pool $p -TaskTimeoutSeconds 0.2 { try { Wait-TestGate $using:probe never } finally { ($using:probe).Hit('finally') } }; Invoke-AsyncTask -Pool $p { 'next' }");

        Assert.Equal(AsyncTaskStatus.TimedOut, Assert.Single(run.Results).Status);
        Assert.Equal("next", run.Output[^1]);
        Assert.Equal(1, Probe.Count("finally"));
    }

    [Fact]
    public void Streams_AreTheSame() =>
        Assert.Equal(["w"], Run("1 | Invoke-AsyncMultiple -Pool (New-EventLoopPool -ImportModule $tools) { Write-TestRecord Warning w }").Warnings);

    protected override void Dispose(bool disposing)
    {
        AppContext.SetSwitch(Switch, false);
        base.Dispose(disposing);
    }
}
