namespace AsyncExecutors.Tests.Module.Coroutines;

/// <summary>Blocks that are suspended on a loop that is given up, or whose runspace is closed, or its pipeline stopped: they go on.</summary>
public sealed class TakenOverTests : ModuleTest
{
    private const string Wait = "await $using:go";

    /// <summary>Blocks, and what they write.</summary>
    private static readonly (string Block, string Output)[] Blocks =
    [
        ("$x = 1; [int] $n = 2; " + Wait + "; $n = '3'; \"$x $n\"", "on|1 3"),
        ("function F($x) { \"F$x\" }; F 1; $r = " + Wait + "; F 2; Get-Command F | ForEach-Object Name", "F1|F2|F"),
        ("function F($x) { $x; $r = " + Wait + "; \"$x $r $y\" }; $y = 7; $z = await F 1; $z; \"$y $(await F 2)\"", "1|1 on 7|7 2 2 on 7"),
        ("function F { 'inner' }; function G { $r = " + Wait + "; F; $r }; await G; F", "inner|on|inner"),
        ("function F($again) { if ($again) { 'again' } else { $r = await $using:go; & $MyInvocation.MyCommand 1; & $MyInvocation.MyCommand.ScriptBlock 1 } }; await F", "again|again"),
        ("$code = { \"code $x\" }; $x = 1; & $code; $null = " + Wait + "; $x = 2; & $code; . $code", "code 1|code 2|code 2"),
        ("$table = @{ code = { 'in a table' } }; $null = " + Wait + "; & $table.code", "in a table"),
        ("foreach ($i in 1..3) { if ($i -eq 2) { $null = " + Wait + " }; \"$i $_\" }", "1 input|2 input|3 input"),
        ("try { $null = " + Wait + "; throw 'x' } catch { \"caught $_\" } finally { 'finally' }", "caught x|finally"),
        ("trap { \"trapped $_\"; continue } $null = " + Wait + "; throw 'x'; 'on'", "trapped x|on"),
        ("Set-StrictMode -Version 2; $null = " + Wait + "; try { $missing } catch { 'strict' }", "strict"),
        ("$ErrorActionPreference = 'Stop'; $null = " + Wait + "; try { Write-TestRecord Error x } catch { 'stopped' }", "stopped"),
        ("switch (1, 2) { 1 { $null = " + Wait + "; 'one' } 2 { 'two' } }", "one|two"),
        ("$null = " + Wait + "; $using:value; & { $using:value }", "used|used"),
        ("$null = " + Wait + "; $args[0]; & $args[1]", "argument|given"),
        ("& { foreach ($i in 1, 2) { $i } } | ForEach-Object { $o = $_ }; $null = " + Wait + "; $o; $global:left", "2|"),
        ("Named 1; $null = " + Wait + "; Named 2", "named 1|named 2"),
        ("$null = " + Wait + "; $null = " + Wait + "; await ([AsyncExecutors.Tests.Module.Awaitables]::Void()); 'twice'", "twice"),
    ];

    [Theory]
    [InlineData("-TimeoutSeconds 0.2 { $global:left = 'behind'; ($using:probe).Wait('stuck') } | Wait-AsyncTask -ErrorAction Ignore")]
    [InlineData("{ $global:left = 'behind'; ($using:probe).Hit('waits'); $null = Wait-AsyncTask $using:waiting }; $probe.WaitForHits('waits', 1)")]
    [InlineData("-TimeoutSeconds 0.2 { while ($true) { } } | Wait-AsyncTask -ErrorAction Ignore")]
    public void LoopIsGivenUpOrWaitsOrItsBlockIsStopped_BlocksGoOn(string holding)
    {
        var run = Run($$"""
            function Named($x) { "named $x" }
            $value = 'used'
            $pool = New-EventLoopPool 1 -ImportModule $tools
            $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 'on')
            $waiting = @(
                {{string.Join('\n', Blocks.Select(static row => $"'input' | Submit-AsyncTask -Pool $pool -ArgumentList 'argument', {{ 'given' }} {{ ($using:probe).Hit('waiting'); {row.Block} }}"))}}
            )
            $probe.WaitForHits('waiting', {{Blocks.Length}})
            $null = Submit-AsyncTask -Pool $pool {{holding}}
            $probe.Open('go')
            $null = $waiting | Wait-AsyncTask
            $waiting.Result
            Invoke-AsyncTask -Pool $pool { 'free' }
            $probe.Open('stuck')
            """);

        run.AssertNoErrors();
        Assert.Equal("free", run.Output[^1]);
        Assert.All(Blocks.Zip(run.Results), static pair => Assert.Equal(
            (pair.First.Block, pair.First.Output),
            (pair.First.Block, string.Join('|', pair.Second.Output as object?[] ?? [pair.Second.Output]))));
        Assert.Equal(Blocks.Length, run.Results.Count);
    }

    [Fact]
    public void LoopIsGivenUp_BlockIsStoppedLater_ItsFinallyBlocksRun()
    {
        var run = Run($$"""
            $pool = New-EventLoopPool 1
            $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 'on')
            $waiting = Submit-AsyncTask -Pool $pool {
                $name = 'its own'
                try { ($using:probe).Hit('waiting'); {{Wait}}; ($using:probe).Hit('on'); await ([AsyncExecutors.Tests.Module.Awaitables]::Never()) }
                finally { ($using:probe).Hit($name) }
            }
            $deaf = Submit-AsyncTask -Pool $pool { try { ($using:probe).Hit('waiting'); await ([AsyncExecutors.Tests.Module.Awaitables]::Never()) } finally { ($using:probe).Hit('never resumed') } }
            $probe.WaitForHits('waiting', 2)
            Submit-AsyncTask -Pool $pool -TimeoutSeconds 0.2 { ($using:probe).Wait('stuck') } | Wait-AsyncTask -ErrorAction Ignore
            $probe.Open('go')
            $probe.WaitForHits('on', 1)
            $waiting, $deaf | Stop-AsyncTask
            $waiting, $deaf | Wait-AsyncTask -ErrorAction Ignore
            $probe.Open('stuck')
            """);

        Assert.All(run.Results.Skip(1), static result => Assert.Equal(AsyncTaskStatus.Stopped, result.Status));
        Assert.Equal(1, Probe.Count("its own"));
        Assert.Equal(1, Probe.Count("never resumed"));
    }

    [Theory]
    [InlineData("$pool = New-EventLoopPool 1")]
    [InlineData("$pool = New-EventLoopPool 2")]
    public void LoopsAreGivenUpOneAfterTheOther_ManyBlocksGoOn(string pool)
    {
        var run = Run($$"""
            {{pool}}
            $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 'on')
            $waiting = 1..100 | Submit-AsyncTask -Pool $pool { $own = $_ * 2; ($using:probe).Hit('waiting'); await $using:go; $own }
            $probe.WaitForHits('waiting', 100)
            foreach ($i in 1..3) { Submit-AsyncTask -Pool $pool -TimeoutSeconds 0.1 { ($using:probe).Wait('stuck') } | Wait-AsyncTask -ErrorAction Ignore }
            $probe.Open('go')
            $waiting | Wait-AsyncTask
            Stop-EventLoopPool $pool
            $probe.Open('stuck')
            """);

        var waiting = run.Results.Skip(3).ToArray();
        Assert.Equal(Enumerable.Range(1, 100).Select(static i => i * 2), waiting.OrderBy(static result => result.Index).Select(static result => ((object?[])result.Output!)[1]).Cast<int>());
    }

    /// <summary>Functions and loops around what was awaited go on later than that, and the next loop may be given up in between.</summary>
    [Fact]
    public void LoopsAreGivenUpWhileBlocksComeBackFromFunctions_TheyGoOn()
    {
        var run = Run("""
            $pool = New-EventLoopPool 1
            $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 1)
            $waiting = 1..20 | Submit-AsyncTask -Pool $pool {
                function Outer($x) { try { await Inner $x } finally { $null = await $using:go } }
                function Inner($x) { [int] (await $using:go) + $x }
                ($using:probe).Hit('waiting')
                $sum = 0
                foreach ($i in 1..3) { $sum += await Outer $i }
                $sum
            }
            $probe.WaitForHits('waiting', 20)
            $stuck = 1..3 | Submit-AsyncTask -Pool $pool -TimeoutSeconds 0.1 { ($using:probe).Hit('stuck'); ($using:probe).Wait('stuck') }
            $probe.WaitForHits('stuck', 1)
            $probe.Open('go')
            $stuck | Wait-AsyncTask -ErrorAction Ignore
            $waiting | Wait-AsyncTask
            $probe.Open('stuck')
            """);

        Assert.Equal(Enumerable.Repeat<object?>(9, 20), run.Results.Skip(3).Select(static result => result.Output ?? result.Exception));
    }

    [Fact]
    public void RunspaceIsClosed_BlocksThatWaitGoOnInTheNextOne()
    {
        var run = Run($$"""
            $pool = New-EventLoopPool 1
            $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 'on')
            $waiting = Submit-AsyncTask -Pool $pool { function F { "F$own" }; $own = 1; ($using:probe).Hit('waiting'); {{Wait}}; F }
            $probe.WaitForHits('waiting', 1)
            Submit-AsyncTask -Pool $pool { [runspace]::DefaultRunspace.Close() } | Wait-AsyncTask -ErrorAction Ignore
            $probe.Open('go')
            $waiting | Wait-AsyncTask
            """);

        Assert.Equal(AsyncTaskStatus.Failed, run.Results[0].Status);
        Assert.Equal(["on", "F1"], Assert.IsType<object?[]>(run.Results[1].Output));
    }

    /// <summary>The modules of the call are imported in the next runspace, too.</summary>
    [Fact]
    public void LoopIsGivenUp_ModulesOfTheCall_AreThere()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "Mine.psm1"), "function Get-Mine { 'mine' }");
        Session.Set("module", Path.Combine(folder.Path, "Mine.psm1"));
        Assert.Equal(["on", "mine"], Output($$"""
            $pool = New-EventLoopPool 1
            $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 'on')
            $job = 1 | Invoke-AsyncMultiple -AsJob -Pool $pool -ImportModule $module { ($using:probe).Hit('waiting'); {{Wait}}; Get-Mine }
            $probe.WaitForHits('waiting', 1)
            $null = Submit-AsyncTask -Pool $pool -TimeoutSeconds 0.2 { ($using:probe).Wait('stuck') } | Wait-AsyncTask -ErrorAction Ignore
            $probe.Open('go')
            Receive-Job $job -Wait
            $probe.Open('stuck')
            """));
    }
}
