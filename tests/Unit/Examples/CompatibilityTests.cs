namespace AsyncExecutors.Tests.Examples;

/// <summary>What differs from one PowerShell version to the next, on the engine package that the host is built with.</summary>
public sealed class CompatibilityTests
{
    [Fact]
    public async Task Smoke_OnThisEngine_AllChecksPass()
    {
        using var run = await HostRun.ToEndAsync(Path.Combine(Repository.Root, "tests", "Compatibility", "Smoke.ps1"));

        run.AssertNoErrors();
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"(?m)^PowerShell 7\.\S+ on \.NET \S+: \d+ checks, 0 failed$", run.Output);
    }
}
