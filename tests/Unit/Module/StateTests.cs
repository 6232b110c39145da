namespace AsyncExecutors.Tests.Module;

/// <summary>What one task leaves to the next on its loop: in any pool only what is global on purpose; in the session's own, nothing.</summary>
public sealed class StateTests : ModuleTest
{
    private const string ExitThree = "if ($IsWindows) { cmd /c exit 3 } else { /bin/sh -c 'exit 3' }";

    private const string Alias = "$null = $ExecutionContext.InvokeProvider.Item.New('Alias:\\', 'mine', 'Alias', 'Get-Command')";

    /// <summary>What a block does, and what is true in the next task if it has not noticed.</summary>
    public static TheoryData<string, string> TaskState { get; } = new()
    {
        { "$mine = 5", "$null -eq $mine" },
        { "$script:mine = 5; $private:mine = 6", "$null -eq $private:mine" },
        { "[int] $typed = 5", "($typed = 'text') -eq 'text'" },
        { "function mine { }", "$null -eq (Get-Command mine -ErrorAction Ignore)" },
        { "$null = 'ab' -match 'a'", "$null -eq $Matches" },
        { "$OFS = '-'", "\"$(1, 2)\" -eq '1 2'" },
        { "try { throw 'x' } catch { }", "$Error.Count -eq 0" },
        { "Get-Command none -ErrorAction SilentlyContinue", "$Error.Count -eq 0" },
        { "throw 'x'", "$Error.Count -eq 0" },
        { "throw 'x'", "$?" },
        { "Get-Command none -ErrorAction SilentlyContinue", "$?" },
        { ExitThree, "$null -eq $LASTEXITCODE" },
        { ExitThree, "$?" },
        { "exit 3", "$null -eq $LASTEXITCODE" },
        { "$ErrorActionPreference = 'Stop'; $WarningPreference = 'Stop'", "\"$ErrorActionPreference $WarningPreference\" -eq 'Continue Continue'" },
        { "$VerbosePreference = 'Continue'; $DebugPreference = 'Continue'", "\"$VerbosePreference $DebugPreference\" -eq 'SilentlyContinue SilentlyContinue'" },
        { "$InformationPreference = 'Continue'; $ProgressPreference = 'Ignore'", "\"$InformationPreference $ProgressPreference\" -eq 'SilentlyContinue Continue'" },
        { "$ConfirmPreference = 'None'; $WhatIfPreference = $true", "\"$ConfirmPreference $WhatIfPreference\" -eq 'High False'" },
        { "$PSDefaultParameterValues = @{ 'Get-Command:Name' = 'none' }", "$PSDefaultParameterValues.Count -eq 0" },
        { "Set-StrictMode -Version 3", "$null -eq $doesNotExist" },
        { "$null = $ExecutionContext.SessionState.Path.SetLocation('Function:')", "$PWD.Provider.Name -eq 'FileSystem'" },
        { "[cultureinfo]::CurrentCulture = 'ja-JP'", "[cultureinfo]::CurrentCulture.Name -ne 'ja-JP'" },
        { "[cultureinfo]::CurrentUICulture = 'ja-JP'", "[cultureinfo]::CurrentUICulture.Name -ne 'ja-JP'" },
    };

    /// <summary>What a block does to the whole runspace, and what is true in a new one.</summary>
    public static TheoryData<string, string> RunspaceState { get; } = new()
    {
        { "$global:mine = 5", "$null -eq $mine" },
        { "$global:ErrorActionPreference = 'Stop'", "\"$ErrorActionPreference\" -eq 'Continue'" },
        { "$global:VerbosePreference = 'Continue'", "\"$VerbosePreference\" -eq 'SilentlyContinue'" },
        { "$PSDefaultParameterValues['Get-Command:Name'] = 'none'", "$PSDefaultParameterValues.Count -eq 0" },
        { "function global:mine { }", "$null -eq (Get-Command mine -ErrorAction Ignore)" },
        { "function global:prompt { 'mine' }", "(prompt) -ne 'mine'" },
        { "$null = $ExecutionContext.InvokeProvider.Item.Remove('Function:\\prompt', $false)", "$null -ne (Get-Command prompt -ErrorAction Ignore)" },
        { Alias, "$null -eq (Get-Command mine -ErrorAction Ignore)" },
        { "$path = $ExecutionContext.SessionState; $null = $path.Drive.New([System.Management.Automation.PSDriveInfo]::new('mine', $path.Provider.GetOne('FileSystem'), '/', '', $null), 'Global')", "@($ExecutionContext.SessionState.Drive.GetAll() | Where-Object Name -EQ mine).Count -eq 0" },
    };

    [Theory]
    [MemberData(nameof(TaskState))]
    public void TaskState_InOneCall_IsNotTheNextTasks(string change, string test)
    {
        foreach (var pool in new[] { "-Pool (New-EventLoopPool 1)", string.Empty })
        {
            var run = Run($"{{ {change} }}, {{ {test} }} | Invoke-AsyncMultiple {pool} -MaxWorkers 1 -Ordered -ErrorAction Ignore");
            Assert.Equal(true, run.Results[1].Output);
        }
    }

    [Theory]
    [MemberData(nameof(TaskState))]
    public void TaskState_InAPoolThatIsKept_IsNotTheNextCalls(string change, string test) =>
        Assert.Equal(true, Run($"$p = New-EventLoopPool 1; $null = Invoke-AsyncMultiple -Pool $p {{ {change} }} -ErrorAction Ignore; Invoke-AsyncTask -Pool $p {{ {test} }}").Output[0]);

    [Theory]
    [MemberData(nameof(TaskState))]
    [MemberData(nameof(RunspaceState))]
    public void AnyState_InTheSessionsOwnPool_IsNotTheNextCalls(string change, string test) =>
        Assert.Equal(true, Run($"$null = Invoke-AsyncMultiple {{ {change} }} -ErrorAction Ignore; Invoke-AsyncTask {{ {test} }}").Output[0]);

    [Fact]
    public void GlobalState_InAPoolThatIsKept_StaysUntilItIsStopped() =>
        Assert.Equal(["kept", "function", "Stop", "yes"], Output($$"""
            $p = New-EventLoopPool 1
            Invoke-AsyncTask -Pool $p { Import-Module $using:tools; $global:mine = 'kept'; function global:Get-Mine { 'function' }; $global:ErrorActionPreference = 'Stop' }
            Invoke-AsyncTask -Pool $p { $global:mine; Get-Mine; "$ErrorActionPreference"; 'yes' * [bool](Get-Command Write-TestRecord) }
            """));

    [Fact]
    public void Error_InABlock_IsItsOwn() =>
        Assert.Equal([1, 1, 1], Output("(1..3 | Invoke-AsyncMultiple -Pool (New-EventLoopPool 1) { try { throw $_ } catch { }; $Error.Count }).Output"));

    [Fact]
    public void Error_OfTheCaller_IsWhatFailedAndNoMore() =>
        Assert.Equal([2, 2], Output("$global:Error.Clear(); $r = 1..3 | Invoke-AsyncMultiple { try { throw 'handled' } catch { }; if ($_ -gt 1) { throw $_ } } -ErrorAction SilentlyContinue; $Error.Count; @($r | Where-Object Success -EQ $false).Count"));

    [Fact]
    public void ModuleOfABlock_InTheSessionsOwnPool_CanBeImportedAgain()
    {
        var folder = Directory.CreateTempSubdirectory("state");
        try
        {
            var path = Path.Combine(folder.FullName, "Mine.psm1");
            File.WriteAllText(path, "function Get-Mine { 'mine' }");
            Assert.Equal(["mine", "mine"], Output($"1..2 | ForEach-Object {{ Invoke-AsyncTask {{ Import-Module '{path}'; Get-Mine }} }}"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>It is missing after resets, too, once in a thousand.</summary>
    [Fact]
    public void Pool_WithoutItsSucceededVariable_GoesOnAfterAStop() => Assert.Equal(
        ["TimedOut", "on"],
        Output("""
            $p = New-EventLoopPool
            Invoke-AsyncTask -Pool $p {
                foreach ($path in 'Variable:\?', 'Variable:\global:?') { $ExecutionContext.InvokeProvider.Item.Remove(@($path), $false, $true, $true) }
            }
            "$((1 | Invoke-AsyncMultiple -Pool $p -TaskTimeoutSeconds 0.1 -ErrorAction Ignore { while ($true) { } }).Status)"
            Invoke-AsyncTask -Pool $p { 'on' }
            """));
}
