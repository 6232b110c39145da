namespace AsyncExecutors.Tests.Module;

/// <summary>What a task has of its caller's surroundings, and what of another task's.</summary>
public sealed class ContextTests : ModuleTest
{
    private static readonly string Folder = Path.TrimEndingDirectorySeparator(Path.GetTempPath());

    [Theory]
    [InlineData("")]
    [InlineData("-Pool $p")]
    public void Location_IsTheCallers(string pool) =>
        Assert.Equal([Folder, "/", Folder], Output($$"""
            $p = New-EventLoopPool 2
            $path = $ExecutionContext.SessionState.Path
            foreach ($place in '{{Folder}}', '/', '{{Folder}}') {
                $null = $path.SetLocation($place)
                (1 | Invoke-AsyncMultiple {{pool}} { $PWD.Path }).Output
            }
            """));

    [Fact]
    public void Location_WithWildcardCharacters_IsTheCallers()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, $"a [b] {Guid.NewGuid():N}"));
        try
        {
            Session.Set("folder", folder.FullName);
            Assert.Equal(folder.FullName, One("$null = $ExecutionContext.SessionState.Path.SetLocation([wildcardpattern]::Escape($folder)); (1 | Invoke-AsyncMultiple { $PWD.ProviderPath }).Output"));
        }
        finally
        {
            folder.Delete();
        }
    }

    [Fact]
    public void Location_ChangedByATask_IsNotTheNextOnes() =>
        Assert.Equal("/", Output($$"""
            $p = New-EventLoopPool 1
            $null = $ExecutionContext.SessionState.Path.SetLocation('/')
            (1, 2 | Invoke-AsyncMultiple -Pool $p -MaxWorkers 1 -Ordered { $PWD.Path; $null = $ExecutionContext.SessionState.Path.SetLocation('{{Folder}}') }).Output
            $ExecutionContext.SessionState.Path.CurrentLocation.Path
            """)[1]);

    [Theory]
    [InlineData("$null = $ExecutionContext.SessionState.Path.SetLocation('{0}')")]
    [InlineData("$null = await ([AsyncExecutors.Tests.Module.Awaitables]::Void()); $null = $ExecutionContext.SessionState.Path.SetLocation('{0}')")]
    public void Location_OfACallWhoseBlocksLeaveNoTrace_IsItsCallers_WhateverRunsBetween(string between) =>
        Assert.Equal(["/", "/", "/"], Output($$"""
            $p = New-EventLoopPool 1
            $null = $ExecutionContext.SessionState.Path.SetLocation('/')
            (& { 1; Invoke-AsyncTask -Pool $p { {{string.Format(null, between, Folder)}} }; 2, 3 } | Invoke-AsyncMultiple -Pool $p -Ordered { "$PWD" }).Output
            """));

    [Theory]
    [InlineData("\"$PWD\"")]
    [InlineData("\"$($ExecutionContext.SessionState.Path.CurrentLocation)\"")]
    [InlineData("$null = await ([AsyncExecutors.Tests.Module.Awaitables]::Void()); \"$PWD\"")]
    public void Location_DeletedBefore_IsTheCallersForEachTask(string body)
    {
        var folder = Directory.CreateTempSubdirectory("deleted").FullName;
        Session.Set("folder", folder);
        Assert.Equal([folder, folder, folder], Output($$"""
            $p = New-EventLoopPool 1
            $null = Invoke-AsyncTask -Pool $p { 'the runspace is elsewhere' }
            $null = $ExecutionContext.SessionState.Path.SetLocation($folder)
            [System.IO.Directory]::Delete($folder)
            (1, 2 | Invoke-AsyncMultiple -Pool $p -Ordered { {{body}} }).Output
            $q = New-EventLoopPool 1 -InitializationScript { $global:place = "$PWD" }
            Invoke-AsyncTask -Pool $q { $global:place }
            """));
    }

    /// <summary>A call whose location cannot be entered fails for each of its tasks: none runs where another call's would.</summary>
    [Fact]
    public void Location_OnADriveThatIsAnotherInThePool_NoTaskRunsElsewhere()
    {
        using var there = new TemporaryFolder();
        using var here = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(here.Path, "inside"));
        Session.Set("here", here.Path);
        Session.Set("there", there.Path);
        const string Drive = "$null = $ExecutionContext.SessionState.Drive.New([System.Management.Automation.PSDriveInfo]::new('X', $ExecutionContext.SessionState.Provider.GetOne('FileSystem'), ";
        var results = Run($$"""
            $p = New-EventLoopPool 1
            Invoke-AsyncTask -Pool $p { {{Drive}}$using:there, '', $null), 'global') }
            {{Drive}}$here, '', $null), 'global')
            $null = $ExecutionContext.SessionState.Path.SetLocation('X:/inside')
            1, 2 | Invoke-AsyncMultiple -Pool $p -Ordered { "$PWD" }
            """).Results;

        Assert.Equal([AsyncTaskStatus.Failed, AsyncTaskStatus.Failed], results.Select(static result => result.Status));
    }

    [Fact]
    public void Culture_IsTheCallers()
    {
        Assert.Equal(["de-DE", "fr-FR", "1,5"], Output("""
            [cultureinfo]::CurrentCulture = 'de-DE'; [cultureinfo]::CurrentUICulture = 'fr-FR'
            (1 | Invoke-AsyncMultiple { [cultureinfo]::CurrentCulture.Name; [cultureinfo]::CurrentUICulture.Name; (1.5).ToString() }).Output
            """));
    }

    [Fact]
    public void Culture_ChangedByATask_IsNotTheNextOnes() =>
        Assert.Equal("de-DE", Output("""
            [cultureinfo]::CurrentCulture = 'de-DE'
            $p = New-EventLoopPool 1
            $null = 1 | Invoke-AsyncMultiple -Pool $p { [cultureinfo]::CurrentCulture = 'ja-JP' }
            (1 | Invoke-AsyncMultiple -Pool $p { [cultureinfo]::CurrentCulture.Name }).Output
            """)[0]);

    [Fact]
    public void LanguageMode_IsTheCallers() =>
        Assert.Equal("FullLanguage", One("(1 | Invoke-AsyncMultiple { \"$($ExecutionContext.SessionState.LanguageMode)\" }).Output"));

    [Fact]
    public void Variable_OfATask_IsNotSeenByTheNext() =>
        Assert.Equal([true, true], Output("(1, 2 | Invoke-AsyncMultiple -Pool (New-EventLoopPool 1) -MaxWorkers 1 { $null -eq $mine; $mine = 5 }).Output"));

    [Fact]
    public void Function_OfATask_IsNotSeenByTheNext() =>
        Assert.Equal([true, true], Output("(1, 2 | Invoke-AsyncMultiple -Pool (New-EventLoopPool 1) -MaxWorkers 1 { $null -eq (Get-Command mine -ErrorAction Ignore); function mine { } }).Output"));

    [Fact]
    public void GlobalState_OfAnExplicitPool_IsKeptFromTaskToTask() =>
        Assert.Equal([1, 2, 3], Output("""
            $p = New-EventLoopPool 1
            (1..2 | Invoke-AsyncMultiple -Pool $p -MaxWorkers 1 -Ordered { (++$global:count) }).Output
            Invoke-AsyncTask -Pool $p { (++$global:count) }
            """));

    [Fact]
    public void GlobalFunction_OfAnExplicitPool_IsKept() =>
        Assert.Equal("kept", One("$p = New-EventLoopPool 1; Invoke-AsyncTask -Pool $p { function global:mine { 'kept' } }; Invoke-AsyncTask -Pool $p { mine }"));

    [Theory]
    [InlineData("$global:mine = 5", "$null -eq $global:mine")]
    [InlineData("function global:mine { }", "$null -eq (Get-Command mine -ErrorAction Ignore)")]
    [InlineData("$ExecutionContext.SessionState.PSVariable.Set([psvariable]::new('mine', 5, 'AllScope'))", "$null -eq $mine")]
    [InlineData("$global:ErrorActionPreference = 'Stop'", "\"$ErrorActionPreference\" -eq 'Continue'")]
    [InlineData("Set-StrictMode -Version 3", "$null -eq $doesNotExist")]
    [InlineData("& { $script:mine = 5 }", "$null -eq $script:mine")]
    [InlineData(". { $global:mine = 5 }", "$null -eq $mine")]
    public void GlobalState_OfTheDefaultPool_IsGoneAtTheNextCall(string change, string test) =>
        Assert.Equal(true, One($"Invoke-AsyncTask {{ {change} }}; Invoke-AsyncTask {{ {test} }}"));

    [Fact]
    public void Module_ImportedInTheDefaultPool_IsThereInTheNextCall()
    {
        var folder = Directory.CreateTempSubdirectory("AsyncExecutors");
        try
        {
            var path = Path.Combine(folder.FullName, "My.psm1");
            File.WriteAllText(path, "function Get-Mine { 'mine' }");
            Session.Set("path", path);

            Assert.Equal("mine", One("Invoke-AsyncTask { Import-Module $using:path }; Invoke-AsyncTask { Get-Mine }"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void DefaultPool_ResetByOneCall_LeavesTheRunningTaskOfAnother() =>
        Assert.Equal("mine", One("""
            $t = Submit-AsyncTask { $global:mine = 'mine'; ($using:probe).Hit('set'); ($using:probe).Wait('go'); $global:mine }
            $probe.WaitForHits('set', 1)
            1..5 | Invoke-AsyncMultiple { $global:other = $_ } | ForEach-Object { }
            $probe.Open('go')
            $t | Receive-AsyncTask
            """));

    [Fact]
    public void Caller_IsNotChangedByTasks()
    {
        Assert.Equal([true, "x"], Output("$x = 'x'; Invoke-AsyncTask { $global:made = 1; $x = 2; function global:madeFunction { } }; $null -eq $made -and $null -eq (Get-Command madeFunction -ErrorAction Ignore); $x"));
    }

    [Fact]
    public void PreferenceStop_OfTheCaller_DoesNotChangeHowTheBlockRuns() =>
        Assert.Equal("Continue", Output("$ErrorActionPreference = 'SilentlyContinue'; (1 | Invoke-AsyncMultiple { \"$ErrorActionPreference\" }).Output")[0]);
}
