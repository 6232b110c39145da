using System.Globalization;

namespace AsyncExecutors.Tests.Examples;

/// <summary>Ctrl+C. The program gets the signal that a terminal would send.</summary>
public sealed class HostInterruptTests
{
    private const string Endless = """
        try {
            'started'
            while ($true) { }
        }
        finally { [Console]::WriteLine('cleaned up') }
        """;

    [Fact]
    public async Task Script_Interrupted_StopsRunsFinallyAndExitsWith130()
    {
        SkipWhereNoSignalArrives();
        using var script = new TemporaryScript(Endless);
        using var run = HostRun.Start(script.Path);
        await run.Started.WaitAsync();

        run.Interrupt();
        await run.EndAsync();

        Assert.Equal("started\ncleaned up\n", run.Output);
        run.AssertNoErrors();
        Assert.Equal(130, run.ExitCode);
    }

    [Fact]
    public async Task FanOut_Interrupted_StopsItsTasksAndExitsWith130()
    {
        SkipWhereNoSignalArrives();
        using var script = new TemporaryScript("""
            'started'
            1..4 | Invoke-AsyncMultiple { while ($true) { } }
            """);
        using var run = HostRun.Start(script.Path);
        await run.Started.WaitAsync();

        run.Interrupt();
        await run.EndAsync();

        Assert.Equal(130, run.ExitCode);
    }

    [Fact]
    public async Task Prompt_Interrupted_StopsTheStatementOnly()
    {
        SkipWhereNoSignalArrives();
        using var run = HostRun.Start();
        run.Type("& { 'started'; while ($true) { } }");
        await run.Started.WaitAsync();

        run.Interrupt();
        run.Type("'still here'", "exit 3");
        await run.EndAsync();

        Assert.Equal("started\nstill here\n", run.Output);
        Assert.Equal(3, run.ExitCode);
    }

    /// <summary>Bit 1 of SigIgn is SIGINT, which a shell ignores for what it runs in the background; children inherit it.</summary>
    private static void SkipWhereNoSignalArrives()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no kill -INT.");
        if (OperatingSystem.IsLinux())
        {
            var mask = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
            var ignored = ulong.Parse(mask.AsSpan("SigIgn:".Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            Assert.SkipWhen((ignored & 0b10) != 0, "The tests were started with SIGINT ignored, as a shell's background job.");
        }
    }
}
