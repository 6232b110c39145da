namespace AsyncExecutors.Tests.Examples;

/// <summary>What the host shows, and where, when its streams are redirected.</summary>
public sealed class HostStreamTests
{
    [Fact]
    public async Task Objects_Written_AreFormattedAsPowerShellDoes()
    {
        using var run = await HostRun.ScriptAsync("""
            'text'; 42
            [pscustomobject]@{ Name = 'one'; Value = 1 }
            [pscustomobject]@{ Name = 'two'; Value = 2 }
            """);

        Assert.Equal("text\n42\n\nName Value\n---- -----\none      1\ntwo      2\n\n", run.Output);
        run.AssertNoErrors();
    }

    [Fact]
    public async Task Streams_Redirected_AreLabelledWithoutColours()
    {
        using var run = await HostRun.ScriptAsync(
            """
            [CmdletBinding()] param()
            $PSCmdlet.WriteWarning('careful')
            $PSCmdlet.WriteVerbose('details')
            $DebugPreference = 'Continue'; $PSCmdlet.WriteDebug('inside')
            $InformationPreference = 'Continue'; $PSCmdlet.WriteInformation('news', @())
            $PSCmdlet.WriteProgress([System.Management.Automation.ProgressRecord]::new(1, 'activity', 'status'))
            """,
            "-Verbose");

        Assert.Equal("WARNING: careful\nVERBOSE: details\nDEBUG: inside\nnews\n", run.Output);
        run.AssertNoErrors();
    }

    [Fact]
    public async Task VerboseAndDebug_NotAskedFor_AreSilent()
    {
        using var run = await HostRun.ScriptAsync(
            "[CmdletBinding()] param() $PSCmdlet.WriteVerbose('details'); $PSCmdlet.WriteDebug('inside'); 'end'");

        Assert.Equal("end\n", run.Output);
    }

    [Fact]
    public async Task Errors_NonTerminating_GoToStandardErrorAndTheScriptGoesOn()
    {
        using var run = await HostRun.ScriptAsync("'before'\n1 / 0\n'after'");

        Assert.Equal("before\nafter\n", run.Output);
        Assert.Contains("Attempted to divide by zero.", run.Errors, StringComparison.Ordinal);
        Assert.Contains("script.ps1:2", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Errors);
    }

    [Fact]
    public async Task Errors_Uncaught_GoToStandardErrorWithTheirPosition()
    {
        using var run = await HostRun.ScriptAsync("'before'\n\nthrow 'no good'\n'after'");

        Assert.Equal("before\n", run.Output);
        Assert.Contains("no good", run.Errors, StringComparison.Ordinal);
        Assert.Contains("script.ps1:3", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Errors);
    }

    [Fact]
    public async Task Module_IsImported_WithAllItsCmdlets()
    {
        using var run = await HostRun.ScriptAsync("(Get-Module AsyncExecutors).ExportedCmdlets.Count; (Get-Alias await).Definition");

        Assert.StartsWith("10\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ModuleStreams_OfTasks_AreShown()
    {
        using var run = await HostRun.ScriptAsync("""
            1..2 | Invoke-AsyncMultiple -Ordered { if ($_ -eq 2) { throw 'second' }; $_ * 10 } | ForEach-Object Output
            """);

        Assert.Equal("10\n", run.Output);
        Assert.Contains("second", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Question_Mandatory_IsAskedOnStandardInput()
    {
        using var script = new TemporaryScript("param([Parameter(Mandatory)][int] $Number) $Number + 1");
        using var run = HostRun.Start(script.Path);
        run.Type("41");
        await run.EndAsync();

        Assert.EndsWith("Number: 42\n", run.Output, StringComparison.Ordinal);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task Question_InputEnded_IsAnErrorNotAHang()
    {
        using var run = await HostRun.ScriptAsync("param([Parameter(Mandatory)][int] $Number) $Number");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Number", run.Errors, StringComparison.Ordinal);
    }
}
