namespace AsyncExecutors.Tests.Examples;

/// <summary>The host's exit code.</summary>
public sealed class HostExitCodeTests
{
    [Theory]
    [InlineData("'done'", 0)]
    [InlineData("exit", 0)]
    [InlineData("exit 7; 'never'", 7)]
    [InlineData("function Leave { exit 5 }; & { Leave }; 'never'", 5)]
    [InlineData("try { exit 6 } finally { 'done' }", 6)]
    [InlineData("throw 'no'", 1)]
    [InlineData("$ErrorActionPreference = 'Stop'; NoSuchCommand", 1)]
    [InlineData("if (", 1)]
    [InlineData("1 / 0", 0)]
    [InlineData("try { throw 'no' } catch { 'caught' }", 0)]
    public async Task Script_Ends_ExitCodeSaysHow(string script, int expected)
    {
        using var run = await HostRun.ScriptAsync(script);

        Assert.Equal(expected, run.ExitCode);
        Assert.DoesNotContain("never", run.Output, StringComparison.Ordinal);
    }

    /// <summary>The process ends all the same, within the time that a run has.</summary>
    [Fact]
    public async Task Script_LeavesBlocksThatCannotBeStopped_ExitCodeIsItsOwn()
    {
        using var run = await HostRun.ScriptAsync("""
            $inside = [System.Threading.SemaphoreSlim]::new(0)
            $stuck = { $null = ($using:inside).Release(); [System.Threading.Thread]::Sleep(-1) }
            $own = Submit-AsyncTask $stuck
            $tasks = 1..2 | Submit-AsyncTask -Pool (New-EventLoopPool 2) $stuck
            1..3 | ForEach-Object { $inside.Wait() }
            exit 3
            """);

        Assert.Equal(3, run.ExitCode);
    }

    [Fact]
    public async Task NativeProgram_Fails_IsTheScriptsAffair()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Runs /bin/sh.");

        using var ignored = await HostRun.ScriptAsync("/bin/sh -c 'exit 3'; \"code $LASTEXITCODE\"");
        using var handed = await HostRun.ScriptAsync("/bin/sh -c 'exit 3'; exit $LASTEXITCODE");

        Assert.Equal("code 3\n", ignored.Output);
        Assert.Equal(0, ignored.ExitCode);
        Assert.Equal(3, handed.ExitCode);
    }

    [Fact]
    public async Task OtherScript_Exits_CallerGoesOn()
    {
        using var inner = new TemporaryScript("exit 4");
        using var run = await HostRun.ScriptAsync($"& '{inner.Path}'; \"code $LASTEXITCODE\"");

        Assert.Equal("code 4\n", run.Output);
        Assert.Equal(0, run.ExitCode);
    }
}
