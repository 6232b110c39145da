namespace AsyncExecutors.Tests.Examples;

/// <summary>The host without a script, its lines fed through standard input.</summary>
public sealed class HostPromptTests
{
    [Fact]
    public async Task Lines_OneAfterTheOther_ShareTheSession()
    {
        using var run = await HostRun.PromptAsync("$x = 20", "function Twice($n) { 2 * $n }", "(Twice $x) + 2");

        Assert.Equal("42\n", run.Output);
        run.AssertNoErrors();
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task Statement_OverSeveralLines_RunsWhenItIsWhole()
    {
        using var run = await HostRun.PromptAsync("foreach ($i in 1..2) {", "  $i", "}", "'end'");

        Assert.Equal("1\n2\nend\n", run.Output);
    }

    [Fact]
    public async Task Errors_OfAnyKind_DoNotEndIt()
    {
        using var run = await HostRun.PromptAsync("throw 'one'", "NoSuchCommand", "1..", string.Empty, "'still here'");

        Assert.Equal("still here\n", run.Output);
        Assert.Contains("one", run.Errors, StringComparison.Ordinal);
        Assert.Contains("NoSuchCommand", run.Errors, StringComparison.Ordinal);
        Assert.Contains("ParserError", run.Errors, StringComparison.Ordinal);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task Exit_Typed_EndsItWithItsCode()
    {
        using var run = await HostRun.PromptAsync("'one'", "exit 9", "'never'");

        Assert.Equal("one\n", run.Output);
        Assert.Equal(9, run.ExitCode);
    }

    [Fact]
    public async Task ScriptThatExits_CalledFromIt_DoesNotEndIt()
    {
        using var script = new TemporaryScript("exit 4");

        using var run = await HostRun.PromptAsync($"& '{script.Path}'", "$LASTEXITCODE");

        Assert.Equal("4\n", run.Output);
        Assert.Equal(0, run.ExitCode);
    }
}
