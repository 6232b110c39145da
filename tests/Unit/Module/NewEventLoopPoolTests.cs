using System.Diagnostics;

namespace AsyncExecutors.Tests.Module;

public sealed class NewEventLoopPoolTests : ModuleTest
{
    [Fact]
    public void New_WithoutParameters_IsAPoolOfOneWithAName()
    {
        var pool = Assert.IsType<EventLoopPool>(One("New-EventLoopPool"));

        Assert.Equal(1, pool.PoolSize);
        Assert.NotEmpty(pool.Name);
        Assert.False(pool.IsStopped);
        Assert.Equal(0, pool.PendingCount);
        Assert.Single(pool.EventLoops);
        Assert.Equal(pool.Name, pool.ToString());
    }

    [Fact]
    public void New_Size_HasSoManyLoopsWithBackgroundThreads()
    {
        var pool = Assert.IsType<EventLoopPool>(One("New-EventLoopPool 3 -Name named"));

        Assert.Equal("named", pool.Name);
        Assert.Equal(3, pool.EventLoops.Select(static loop => loop.Thread).Distinct().Count());
        Assert.All(pool.EventLoops, static loop => Assert.True(loop.Thread.IsBackground));
        Assert.All(pool.EventLoops, static loop => Assert.Contains("named", loop.Thread.Name, StringComparison.Ordinal));
    }

    [Fact]
    public void New_Twice_HasTwoNames() =>
        Assert.Equal(2, Output("New-EventLoopPool; New-EventLoopPool").Select(static pool => ((EventLoopPool)pool!).Name).Distinct().Count());

    [Theory]
    [InlineData("one")]
    [InlineData("ONE")]
    [InlineData("default")]
    [InlineData("default-constrainedlanguage")]
    public void New_NameTaken_IsOneClearErrorAndLeavesThatPool(string name)
    {
        var run = Run($"$null = New-EventLoopPool -Name one; New-EventLoopPool -Name {name}");

        Assert.Contains(name, run.AssertError("PoolNameTaken").ToString(), StringComparison.Ordinal);
        Assert.Empty(run.Output);
        Assert.Equal("ran", One("Invoke-AsyncTask -Pool (Get-EventLoopPool one) { 'ran' }"));
    }

    [Fact]
    public void New_NameDefault_ErrorDoesNotAdviseToStopThatPool() =>
        Assert.DoesNotContain("stop it", Run("New-EventLoopPool -Name Default").AssertError("PoolNameTaken").ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("throw 'The server is down.'")]
    [InlineData("1 / 0")]
    [InlineData("Get-NoSuchThing")]
    public void InitializationScript_Fails_ErrorSaysInWhichLine(string statement) =>
        Assert.Contains(
            "line 3",
            Run($"New-EventLoopPool -InitializationScript {{\n    $a = 1\n    {statement}\n}}").AssertError("PoolDidNotStart").ToString(),
            StringComparison.Ordinal);

    [Fact]
    public void New_NameOfAStoppedPool_IsFree() =>
        Assert.IsType<EventLoopPool>(One("New-EventLoopPool -Name one | Stop-EventLoopPool; New-EventLoopPool -Name one"));

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("4097")]
    [InlineData("'x'")]
    [InlineData("1 -Name ''")]
    [InlineData("1 -Variable $null")]
    [InlineData("1 -ImportModule @()")]
    public void New_ParameterOutOfRange_IsRefusedByValidation(string parameters) =>
        Run($"New-EventLoopPool {parameters}").AssertRefused();

    [Fact]
    public void ImportModule_MakesItsCommandsKnownInEveryLoop() =>
        Assert.Equal(2, Output("1..2 | Invoke-AsyncTask -Pool (New-EventLoopPool 2 -ImportModule $tools) { ($using:probe).Meet('both', 2); (Get-Command Wait-TestGate).Name }").Count);

    [Fact]
    public void ImportModule_ScriptModuleByRelativePath_IsMeantFromTheCallersLocation()
    {
        var folder = Directory.CreateTempSubdirectory("AsyncExecutors");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "My.psm1"), "function Get-Mine { 'mine' }");
            Session.Set("folder", folder.FullName);

            Assert.Equal("mine", One("$null = $ExecutionContext.SessionState.Path.SetLocation($folder); Invoke-AsyncTask -Pool (New-EventLoopPool -ImportModule ./My.psm1) { Get-Mine }"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("NoSuchModule")]
    [InlineData("/no/such/module.psd1")]
    public void ImportModule_Missing_IsOneClearErrorAndNoPoolIsLeft(string module)
    {
        var run = Run($"New-EventLoopPool 2 -Name broken -ImportModule {module}");

        var error = run.AssertError("PoolDidNotStart");
        Assert.Contains(module, error.ToString(), StringComparison.Ordinal);
        Assert.Contains("broken", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(run.Output);
        Assert.Empty(Output("Get-EventLoopPool *"));
        Assert.IsType<EventLoopPool>(One("New-EventLoopPool -Name broken"));
    }

    [Fact]
    public void Variable_IsInEveryLoop_AndIsTheLiveObject() =>
        Assert.Equal([Probe, "text", null], Output("$p = New-EventLoopPool 2 -Variable @{ live = $probe; text = 'text'; nothing = $null }; Invoke-AsyncTask -Pool $p { $live; $text; $nothing }"));

    [Fact]
    public void InitializationScript_RunsOnceInEachLoop()
    {
        Assert.Equal(["ready", "ready"], Output("""
            $p = New-EventLoopPool 2 -Variable @{ probe = $probe } -InitializationScript { $probe.Hit('init'); function Get-Ready { $state }; $state = 'ready' }
            1..2 | Invoke-AsyncTask -Pool $p { ($using:probe).Meet('both', 2); Get-Ready }
            """));
        Assert.Equal(2, Probe.Count("init"));
    }

    [Fact]
    public void InitializationScript_Throws_IsOneClearErrorAndNoPoolIsLeft()
    {
        var run = Run("New-EventLoopPool 3 -Name broken -InitializationScript { throw 'not ready' }");

        Assert.Contains("not ready", run.AssertError("PoolDidNotStart").ToString(), StringComparison.Ordinal);
        Assert.Empty(run.Output);
        Assert.Empty(Output("Get-EventLoopPool *"));
    }

    [Fact]
    public void InitializationScript_NonTerminatingError_EndsTheCmdletToo()
    {
        var run = Run("New-EventLoopPool -ImportModule $tools -InitializationScript { Write-TestRecord Error 'half ready' }");

        Assert.Contains("half ready", run.AssertError("PoolDidNotStart").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void InitializationScript_StreamsAreTheCmdlets_UnderItsPreferences()
    {
        var run = Run("$p = New-EventLoopPool 2 -ImportModule $tools -Verbose -InitializationScript { Write-TestRecord Warning 'slow'; Write-TestRecord Verbose 'ready' }; Invoke-AsyncTask -Pool $p { \"$VerbosePreference\" }");

        run.AssertNoErrors();
        Assert.Equal(["slow", "slow"], run.Warnings);
        Assert.Equal(["ready", "ready"], run.Verbose.Where(static text => text == "ready"));
        Assert.Equal(["SilentlyContinue"], run.Output);
    }

    [Fact]
    public void InitializationScript_PreferencesItSets_StayForTheTasks() =>
        Assert.Equal("Stop", One("Invoke-AsyncTask -Pool (New-EventLoopPool -WarningAction Ignore -InitializationScript { $WarningPreference = 'Stop' }) { \"$WarningPreference\" }"));

    [Fact]
    public void InitializationScript_Warns_WithWarningActionStop_NoPoolIsLeft()
    {
        var run = Run("New-EventLoopPool -Name work -ImportModule $tools -WarningAction Stop -InitializationScript { Write-TestRecord Warning 'slow' }; Get-EventLoopPool");

        Assert.Contains("slow", run.OneError().ToString(), StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void InitializationScript_LeavesTheErrorPreference() =>
        Assert.Equal("Continue", One("Invoke-AsyncTask -Pool (New-EventLoopPool -InitializationScript { $x = 1 }) { \"$ErrorActionPreference\" }"));

    [Theory]
    [InlineData("1 / 0")]
    [InlineData("[int]::Parse('x')")]
    [InlineData("Get-NoSuchCommand")]
    public void InitializationScript_TerminatingError_IsOneClearErrorAndNoPoolIsLeft(string body)
    {
        var run = Run($"New-EventLoopPool -InitializationScript {{ {body}; $after = 1 }}");

        run.AssertError("PoolDidNotStart");
        Assert.Empty(run.Output);
        Assert.Empty(Output("Get-EventLoopPool *"));
    }

    [Theory]
    [InlineData("$x = 'mine'; $p = New-EventLoopPool 2 -InitializationScript { $y = $using:x }")]
    [InlineData("$x = @{ Key = 'mine' }; $p = New-EventLoopPool 2 -InitializationScript { $y = $using:x.Key; function Get-Nothing { } }")]
    public void InitializationScript_Using_IsTheCallersValue(string script) =>
        Assert.Equal(["mine", "mine"], Output($"{script}; 1..2 | Invoke-AsyncTask -Pool $p {{ ($using:probe).Meet('both', 2); $y }}"));

    [Fact]
    public void InitializationScript_UsingOfNoVariable_IsOneClearError()
    {
        Assert.Contains("$nope", Run("New-EventLoopPool -InitializationScript { $using:nope }").AssertError("UsingVariableMissing").ToString(), StringComparison.Ordinal);
        Assert.Empty(Output("Get-EventLoopPool *"));
    }

    [Fact]
    public void Variable_TableChangedAfterwards_LaterLoopsBeginWithWhatItWas() =>
        Assert.Equal("before", One("$t = @{ a = 'before' }; $p = New-EventLoopPool -Variable $t; $t.a = 'after'; Invoke-AsyncTask -Pool $p { Invoke-AsyncTask -Pool $using:p { $a } }"));

    [Fact]
    public void New_PipelineStopped_LeavesNoPool()
    {
        using var script = Session.Start("New-EventLoopPool -Name slow -Variable @{ probe = $probe } -InitializationScript { $probe.Hit('init'); $probe.Wait('go') }");
        Probe.WaitForHits("init", 1);
        script.Stop();
        Probe.Open("go");

        Assert.Empty(Output("Get-EventLoopPool *"));
    }

    [Theory]
    [InlineData("Invoke-AsyncTask { 7 }")]
    [InlineData("(1 | Invoke-AsyncMultiple { 7 }).Output")]
    [InlineData("(Submit-AsyncTask { 7 } | Wait-AsyncTask).Output")]
    [InlineData("Invoke-AsyncTask -Pool (New-EventLoopPool) { 7 }")]
    [InlineData("ConvertFrom-AsyncEnumerable ([AsyncExecutors.Tests.Module.Sequences]::Count($probe, 7)) | ForEach-Object { $_ }")]
    public void InitializationScript_RunsTasks_OpensTheirLoopsMeanwhile(string script) =>
        Assert.Equal(7, Output($"$p = New-EventLoopPool -Variable @{{ probe = $probe }} -InitializationScript {{ $made = {script} }}; Invoke-AsyncTask -Pool $p {{ $made }}")[^1]);

    [Theory]
    [InlineData("Invoke-AsyncTask -Pool $p { 1 }")]
    [InlineData("1..3 | Invoke-AsyncMultiple -Pool $p { 1 }")]
    [InlineData("Submit-AsyncTask -Pool $p { 1 }")]
    public void InitializationScript_FailsForTheLoopThatReplacesAnother_IsOneClearError(string use)
    {
        Run("""
            $global:p = New-EventLoopPool -Name db -Variable @{ probe = $probe } -InitializationScript { $probe.Hit('init'); if ($probe.Count('init') -gt 1) { throw 'not again' } }
            $global:t = { ($using:probe).Hit('begun'); ($using:probe).Wait('go') }, { 'queued' } | Submit-AsyncTask -Pool $p
            """).AssertNoErrors();
        Probe.WaitForHits("begun", 1);
        Run("Stop-AsyncTask $t[0]; $t | Wait-AsyncTask -ErrorAction Ignore").AssertNoErrors();
        var pool = Assert.IsType<EventLoopPool>(One("$p"));
        Assert.True(SpinWait.SpinUntil(() => pool.EventLoops.Count == 0, Probe.Limit));

        var error = Run(use).AssertError("PoolBroken");
        Assert.Contains("db", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("not again", error.ToString(), StringComparison.Ordinal);
        Run("$p | Stop-EventLoopPool -Force").AssertNoErrors();
    }

    /// <summary>The only loop waits for a task that needs another one, whose script waits for a task as well.</summary>
    [Theory]
    [InlineData("Invoke-AsyncTask -Pool (Get-EventLoopPool own) { 'inner' }")]
    [InlineData("Invoke-AsyncMultiple -Pool (Get-EventLoopPool own) { 'inner' }")]
    [InlineData("Submit-AsyncTask -Pool (Get-EventLoopPool own) { 'inner' } | Wait-AsyncTask")]
    [InlineData("await (Submit-AsyncTask -Pool (Get-EventLoopPool own) { 'inner' })")]
    [InlineData("ConvertFrom-AsyncEnumerable ([AsyncExecutors.Tests.Module.Sequences]::Mixed()) -Pool (Get-EventLoopPool own)")]
    public void InitializationScript_WaitsForATaskOfItsOwnPool_IsAnErrorThatSaysWhatToDo(string wait)
    {
        var run = Run($$"""
            $p = New-EventLoopPool -Name own -Variable @{ probe = $probe } -InitializationScript { $probe.Hit('init'); if ($probe.Count('init') -gt 1) { {{wait}} } }
            Invoke-AsyncMultiple -Pool $p { Invoke-AsyncTask -Pool $using:p -ErrorAction Stop { 'outer' } } -ErrorAction Ignore
            """);

        Assert.Contains("Give such tasks another pool", Assert.Single(run.Results).Exception!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void InitializationScript_PipelineStopped_EndsAtOnce()
    {
        using var script = Session.Start("New-EventLoopPool -ImportModule $tools -Variable @{ probe = $probe } -InitializationScript { try { Wait-TestGate $probe never } finally { $probe.Hit('finally') } }");
        Probe.WaitForHits("at never", 1);
        var clock = Stopwatch.StartNew();
        script.Stop();

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"It took {clock.Elapsed}.");
        Assert.Equal(1, Probe.Count("finally"));
        Assert.Equal("next", One("Invoke-AsyncTask { 'next' }"));
    }

    [Fact]
    public void InitializationScript_ThatCannotBeStopped_DoesNotHoldOtherPoolsUp()
    {
        using var script = Session.Start("New-EventLoopPool -Variable @{ probe = $probe } -InitializationScript { $probe.Hit('init'); $probe.Wait('go') }");
        Probe.WaitForHits("init", 1);
        script.Stop();

        Assert.Equal("next", One("Invoke-AsyncTask { 'next' }"));
        Assert.False(Probe.IsOpen("go"));
    }

    /// <summary>Here nobody stops it.</summary>
    [Fact]
    public void InitializationScript_ThatNeverEnds_DoesNotHoldOtherPoolsUp()
    {
        using var script = Session.Start("New-EventLoopPool -Variable @{ probe = $probe } -InitializationScript { $probe.Hit('init'); $probe.Wait('go') }");
        Probe.WaitForHits("init", 1);
        using var others = new ModuleSession();

        Assert.Equal(["next"], others.Run("Invoke-AsyncTask { 'next' }").Output);
        Assert.False(Probe.IsOpen("go"));
    }

    /// <summary>The pool's second loop opens while its first one waits.</summary>
    [Fact]
    public void InitializationScript_ThatNeverEnds_DoesNotHoldThePoolItselfUp()
    {
        Run("""
            $global:p = New-EventLoopPool 1 -Name slow -Variable @{ probe = $probe } -InitializationScript { $probe.Hit('init'); if ($probe.Count('init') -gt 1) { $probe.Wait('never') } }
            $global:t = Submit-AsyncTask -Pool $p { Invoke-AsyncTask -Pool $using:p { 'inner' } }
            """).AssertNoErrors();
        Probe.WaitForHits("init", 2);
        var clock = Stopwatch.StartNew();

        Assert.Equal(["slow", AsyncTaskStatus.Stopped], Output("(Get-EventLoopPool).Name; $x = Submit-AsyncTask -Pool $p { 2 }; $x | Stop-AsyncTask; ($x | Wait-AsyncTask -ErrorAction Ignore).Status"));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), $"It took {clock.Elapsed}.");
        Run("Stop-EventLoopPool $p -Force").AssertNoErrors();
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(6), $"It took {clock.Elapsed}.");
        Assert.Equal(AsyncTaskStatus.Stopped, One("($t | Wait-AsyncTask -ErrorAction Ignore).Status"));
    }

    [Fact]
    public void Pool_UnderLoad_CountsPendingAndRunning()
    {
        Run("$global:p = New-EventLoopPool 2 -ImportModule $tools; $global:t = 1..5 | Submit-AsyncTask -Pool $p { Wait-TestGate $using:probe go }").AssertNoErrors();
        Probe.WaitForHits("at go", 2);

        Assert.Equal([5, 2], Output("$p.PendingCount; $p.RunningCount"));
        Probe.Open("go");
        Run("$t | Wait-AsyncTask").AssertNoErrors();
        Assert.Equal([0, 0], Output("$p.PendingCount; $p.RunningCount"));
    }
}
