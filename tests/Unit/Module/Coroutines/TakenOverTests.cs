namespace AsyncExecutors.Tests.Module.Coroutines;

/// <summary>Blocks that are suspended on a loop that is given up, or its pipeline stopped: they go on.</summary>
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
        ("$list = [System.Collections.Generic.List[object]]::new(); $list.Add({ \"in a list $x\" }); $x = 5; $null = " + Wait + "; & $list[0]", "in a list 5"),
        ("$x = 5; $nested = @(@('a', { \"nested $x\" }), @('b')); $null = " + Wait + "; & $nested[0][1]", "nested 5"),
        ("$x = 5; $map = [System.Collections.Generic.Dictionary[string, object]]::new(); $map['f'] = @{ g = { \"in a map $x\" } }; $null = " + Wait + "; & $map.f.g", "in a map 5"),
        ("$x = 5; $o = [pscustomobject]@{ all = @({ \"custom $x\" }) }; $null = " + Wait + "; & $o.all[0]", "custom 5"),
        ("$x = 5; foreach ($f in { \"first $x\" }, { \"second $x\" }) { & $f; if (-not $once) { $once = " + Wait + " } }", "first 5|second 5"),
        ("$x = 5; switch ({ \"first $x\" }, { \"second $x\" }) { default { $null = " + Wait + "; & $_ } }", "first 5|second 5"),
        ("$x = 5; $ExecutionContext.SessionState.PSVariable.Set([psvariable]::new('fixed', { \"fixed $x\" }, 'ReadOnly')); $null = " + Wait + "; & $fixed", "fixed 5"),
        ("$x = 5; $y = 6; $closure = { \"closure $x\" }.GetNewClosure(); $all = @{ c = $closure }; $x = 7; $null = " + Wait + "; & $all.c", "closure 5"),
        ("$table = @{ f = { 1 } }; $same = $table; $null = " + Wait + "; $table.x = 2; $same.x", "2"),
        ("$table = @{ f = { 1 } }; $table.self = $table; $holder = @($table); $null = " + Wait + "; $table.x = 2; $holder[0].x; $table.self.x", "2|2"),
        ("$ordered = [ordered]@{ B = { 'b' }; A = 1 }; $null = " + Wait + "; $ordered.Keys; & $ordered.b", "B|A|b"),
        ("$sensitive = [System.Collections.Specialized.OrderedDictionary]::new(); $sensitive['a'] = 1; $sensitive['A'] = 1; $sensitive['f'] = { 'f' }; $null = " + Wait + "; $sensitive.Count; & $sensitive['f']", "3|f"),
        ("$one = { 1 }.GetNewClosure(); $same = @($one); $null = " + Wait + "; [object]::ReferenceEquals($one, $same[0])", "True"),
        ("$given = $args; $null = " + Wait + "; $args[0] = 'changed'; $given[0]", "changed"),
        ("$table = @{ f = 1 }; $stays = [tuple]::Create($table); $null = " + Wait + "; [object]::ReferenceEquals($table, $stays.Item1)", "True"),
        ("$table = [hashtable]::Synchronized(@{ f = { 1 } }); $stays = [tuple]::Create($table); $null = " + Wait + "; [object]::ReferenceEquals($table, $stays.Item1)", "True"),
        ("$table = @{ f = { 'f' } }; $table.PSObject.Properties.Add([psnoteproperty]::new('Tag', 'tagged')); $table.PSObject.TypeNames.Insert(0, 'Own.Type'); $null = " + Wait + "; $table.Tag; $table.PSObject.TypeNames[0]; & $table.f", "tagged|Own.Type|f"),
        ("$n = 0; $count = { $script:n++; $script:n }.GetNewClosure(); & $count; & $count; $null = " + Wait + "; & $count", "1|2|3"),
        ("$x = 5; $function:Closure = { \"closure $x\" }.GetNewClosure(); $x = 6; Closure; $null = " + Wait + "; Closure", "closure 5|closure 5"),
        ("function F { \"F $x\" }; $x = 1; $c = Get-Command F; & $c; $null = " + Wait + "; $x = 2; & $c; $c.Name", "F 1|F 2|F"),
        ("$x = 1; $null = " + Wait + "; $ExecutionContext.SessionState.PSVariable.GetValue('x')", "1"),
        ("$null = " + Wait + "; Write-TestRecord Error x -ErrorAction SilentlyContinue; $?; $null = 1; $?", "False|True"),
        ("$h = @{ n = 0 }; $h.f = { $h.n++; $h.n }.GetNewClosure(); $null = & $h.f; $null = " + Wait + "; & $h.f; $h.n", "2|2"),
        ("function New-Counter { $n = 0; { @({ $script:n++; $script:n }, { $script:n }) }.GetNewClosure() }; $add, $get = & (New-Counter); $null = & $add; $null = " + Wait + "; & $add; & $get", "2|2"),
        ("function e? { 'wild' }; function Ex { 'other' }; function a[b] { 'listed' }; $null = " + Wait + "; & 'e?'; Ex; & (Get-Command 'a`[b`]')", "wild|other|listed"),
        ("function F { 'outer' }; $c = Get-Command F; function G($c) { function F { 'inner' }; $null = " + Wait + "; & $c; F }; await G $c; F", "outer|inner|outer"),
        ("$x = 5; $map = @{ a = { \"entry $x\" } }; foreach ($e in $map.GetEnumerator()) { $null = " + Wait + "; & $e.Value }", "entry 5"),
        ("$x = 5; $some = @(@{ f = { \"found $x\" } }).Where({ $true }); $null = " + Wait + "; & $some[0].f", "found 5"),
        ("$x = 5; $t = [System.Threading.Tasks.Task]::FromResult({ \"result $x\" }); $null = " + Wait + "; $f = await $t; & $f", "result 5"),
        ("$x = 5; $o = [pscustomobject]@{ a = 1 }; $o.PSObject.Properties.Add([psscriptproperty]::new('P', { \"P $x\" })); $o.PSObject.Properties.Add([psnoteproperty]::new('z', 1)); $null = " + Wait + "; $o.P; $o.PSObject.Properties.Name", "P 5|a|P|z"),
        ("$x = 5; $all = @([System.IO.FileInfo]::new('/a')); $all[0].PSObject.Properties.Add([psscriptproperty]::new('Own', { \"$($this.Name) $x\" })); $null = " + Wait + "; $all.Own", "a 5"),
        ("$x = 5; $table = @{ }; $table.PSObject.Methods.Add([psscriptmethod]::new('Greet', { \"hi $x\" })); $null = " + Wait + "; $table.Greet()", "hi 5"),
        ("$ExecutionContext.SessionState.PSVariable.Set([psvariable]::new('own', 7, 'AllScope')); $null = " + Wait + "; $own; $own = 8; & { $own }", "7|8"),
        ("$alias:mine = 'ForEach-Object'; function F { 'called' }; $alias:f2 = 'F'; $null = " + Wait + "; 1 | mine { \"alias $_\" }; f2; 1 | % { $_ }", "alias 1|called|1"),
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
    public void AnotherBlockRanOnTheLoop_LocationIsOnADriveOfTheBlocksOwn_ItGoesOnThere()
    {
        using var folder = new TemporaryFolder();
        Session.Set("folder", folder.Path);
        Assert.Equal(["other", "Own:" + Path.DirectorySeparatorChar, "own"], Output($$"""
            $pool = New-EventLoopPool 1
            $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 'on')
            $waiting = Submit-AsyncTask -Pool $pool {
                $session = $ExecutionContext.SessionState
                $provider = $session.Provider.GetOne('FileSystem')
                $null = $session.Drive.New([System.Management.Automation.PSDriveInfo]::new('Own', $provider, $using:folder, '', $null), '0')
                $null = $session.Path.SetLocation('Own:')
                ($using:probe).Hit('waiting')
                try { $null = {{Wait}}; "$pwd" } finally { 'own' }
            }
            $probe.WaitForHits('waiting', 1)
            Invoke-AsyncTask -Pool $pool { $null = $ExecutionContext.SessionState.Path.SetLocation('/'); 'other' }
            $probe.Open('go')
            $waiting | Receive-AsyncTask
            """));
    }

    /// <summary>The block is told, may handle it, and its finally blocks run; and the loop can be made as new afterwards.</summary>
    [Fact]
    public void LoopIsGivenUp_AModuleOfTheCallCannotBeImportedAgain_TheBlockCleansUp()
    {
        using var folder = new TemporaryFolder();
        var module = Path.Combine(folder.Path, "Once.psm1");
        File.WriteAllText(module, "if ([System.IO.File]::Exists(\"$PSScriptRoot/once\")) { throw 'only once' }; function Get-Mine { 'mine' }");
        Session.Set("module", module);
        Session.Set("once", Path.Combine(folder.Path, "once"));
        var output = Output($$"""
            $pool = New-EventLoopPool 1
            $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 'on')
            $job = 1 | Invoke-AsyncMultiple -AsJob -Pool $pool -ImportModule $module {
                ($using:probe).Hit('waiting')
                try { try { {{Wait}} } catch { "caught: $_" } finally { 'cleaned up' }; 'goes on' } finally { $global:left = 'behind' }
            }
            $probe.WaitForHits('waiting', 1)
            [System.IO.File]::WriteAllText($once, '')
            $null = Submit-AsyncTask -Pool $pool -TimeoutSeconds 0.2 { ($using:probe).Wait('stuck') } | Wait-AsyncTask -ErrorAction Ignore
            $probe.Open('go')
            Receive-Job $job -Wait
            Invoke-AsyncTask -Pool $pool { $left }
            $probe.Open('stuck')
            """);
        Assert.Contains("only once", Assert.IsType<string>(output[0]), StringComparison.Ordinal);
        Assert.Equal(["cleaned up", "goes on", "behind"], output.Skip(1));
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
