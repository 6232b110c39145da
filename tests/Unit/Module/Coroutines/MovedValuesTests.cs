namespace AsyncExecutors.Tests.Module.Coroutines;

/// <summary>Script blocks that a block has made on one loop and runs on another.</summary>
public sealed class MovedValuesTests : ModuleTest
{
    private const string Wait = "await $using:go";

    /// <summary>
    /// The block has gone on on another loop, as its own waited, and runs code that was made on the first one, where the next task
    /// runs meanwhile: that one's scope is its own.
    /// </summary>
    [Theory]
    [InlineData("$f = { CODE }", "& $f")]
    [InlineData("$list = [System.Collections.Generic.List[object]]::new(); $list.Add({ CODE })", "& $list[0]")]
    [InlineData("$nested = @(@('x', { CODE }), @('y', { }))", "& $nested[0][1]")]
    [InlineData("$o = [pscustomobject]@{ a = @{ b = { CODE } } }", "& $o.a.b")]
    [InlineData("$closure = @({ CODE }.GetNewClosure())", "& $closure[0]")]
    [InlineData("$ExecutionContext.SessionState.PSVariable.Set([psvariable]::new('fixed', { CODE }, 'ReadOnly'))", "& $fixed")]
    [InlineData("function F { CODE }; $alias:f2 = 'F'", "f2")]
    [InlineData("function F { CODE }; $command = @(Get-Command F)", "& $command[0]")]
    [InlineData("$function:F = { CODE }.GetNewClosure()", "F")]
    [InlineData("$o = [pscustomobject]@{ }; $o.PSObject.Methods.Add([psscriptmethod]::new('Run', { CODE }))", "$o.Run()")]
    [InlineData("$o = [pscustomobject]@{ }; $o.PSObject.Properties.Add([psscriptproperty]::new('Ran', { CODE }))", "$o.Ran")]
    public void FirstLoopWaits_BlockRunsItsCodeOnAnother_TheNextTaskOfTheFirstIsLeftAlone(string make, string use)
    {
        const string Code = "($using:probe).Hit('in its code'); ($using:probe).Wait('leave'); 'its code'";
        AssertNextTaskIsLeftAlone($"{make.Replace("CODE", Code, StringComparison.Ordinal)}; ($using:probe).Hit('waiting'); $null = {Wait}; {use}");
    }

    [Theory]
    [InlineData("foreach ($f in { }, { CODE }) { & $f; if (-not $once) { ($using:probe).Hit('waiting'); $once = WAIT } }")]
    [InlineData("switch ({ }, { CODE }) { default { & $_; if (-not $once) { ($using:probe).Hit('waiting'); $once = WAIT } } }")]
    [InlineData("switch (1) { default { $_ = { CODE }; ($using:probe).Hit('waiting'); $null = WAIT; & $_ } }")]
    [InlineData("function F($again) { if ($again) { CODE } else { ($using:probe).Hit('waiting'); $null = await $using:go; & $MyInvocation.MyCommand 1 } }; await F")]
    [InlineData("function F { { CODE }; ($using:probe).Hit('waiting'); $null = await $using:go }; $f = await F; & $f")]
    [InlineData("function F($f) { ($using:probe).Hit('waiting'); $null = await $using:go; & $PSBoundParameters.f }; await F { CODE }")]
    [InlineData("$f = $({ CODE }; ($using:probe).Hit('waiting'); $null = await $using:go); & $f")]
    [InlineData("function F { await ([AsyncExecutors.Tests.Module.Awaitables]::Void()); { CODE }; ($using:probe).Hit('waiting'); $using:go }; $f = await F; & $f[0]")]
    public void FirstLoopWaits_WhatABlockGoesThrough_TheNextTaskOfTheFirstIsLeftAlone(string block)
    {
        const string Code = "($using:probe).Hit('in its code'); ($using:probe).Wait('leave'); 'its code'";
        AssertNextTaskIsLeftAlone(block.Replace("CODE", Code, StringComparison.Ordinal).Replace("WAIT", Wait, StringComparison.Ordinal));
    }

    private void AssertNextTaskIsLeftAlone(string block)
    {
        var output = Output($$"""
            $pool = New-EventLoopPool 1
            $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 'on')
            $moved = Submit-AsyncTask -Pool $pool { {{block}}; ($using:probe).Hit('out of its code') }
            $probe.WaitForHits('waiting', 1)
            $other = Submit-AsyncTask -Pool (New-EventLoopPool 1) { ($using:probe).WaitForHits('in its code', 1) }
            $waits = Submit-AsyncTask -Pool $pool { $secret = 'secret'; function Get-Secret { 'secret' }; ($using:probe).Hit('waits'); Wait-AsyncTask $using:other }
            $probe.WaitForHits('waits', 1)
            $probe.Open('go')
            $null = $waits | Wait-AsyncTask
            Invoke-AsyncTask -Pool $pool {
                function Get-Mine { 'mine' }
                $x = 'x'
                ($using:probe).Open('leave')
                ($using:probe).WaitForHits('out of its code', 1)
                Get-Mine
                "$x$secret"
                1 | ForEach-Object { $_ }
            }
            Invoke-AsyncTask -Pool $pool { "[$secret]"; try { Get-Secret } catch { 'none' } }
            $moved | Receive-AsyncTask
            $moved.EventLoop.Name -ne $waits.EventLoop.Name
            """);
        Assert.Equal(["mine", "x", 1, "[]", "none", "its code", true], output);
    }

    /// <summary>Handed over in what is made for several threads, which nothing looks into.</summary>
    [Fact]
    public void CodeOfALoop_RunsOnAnother_TheNextTaskOfTheFirstIsLeftAlone() =>
        Assert.Equal(["[]", "its code"], Output("""
            $one = New-EventLoopPool 1
            $shared = [System.Collections.Concurrent.ConcurrentDictionary[string, object]]::new()
            Invoke-AsyncTask -Pool $one { ($using:shared)['code'] = { param($probe) $secret = 'secret'; $probe.Hit('in its code'); $probe.Wait('leave'); 'its code' } }
            $other = Submit-AsyncTask -Pool (New-EventLoopPool 1) { $code = ($using:shared)['code']; & $code $using:probe }
            $probe.WaitForHits('in its code', 1)
            Invoke-AsyncTask -Pool $one { "[$secret]" }
            $probe.Open('leave')
            $other | Receive-AsyncTask
            """));

    /// <summary>A part that was written in a stricter language mode has that on the other loop, too.</summary>
    [Theory]
    [InlineData("$function:Untrusted = $_.a.b", "Untrusted")]
    [InlineData("$untrusted = @($_.a.b)", "& $untrusted[0]")]
    public void LoopIsGivenUp_CodeOfAnotherLanguageMode_KeepsIt(string make, string use)
    {
        using var constrained = new ModuleSession(System.Management.Automation.PSLanguageMode.ConstrainedLanguage);
        var written = constrained.Run("{ [System.IO.Directory]::Exists('/') }").Output[0];
        Session.Set("deep", new System.Collections.Hashtable { ["a"] = new System.Collections.Hashtable { ["b"] = written } });
        var run = Run($$"""
            $pool = New-EventLoopPool 1
            $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 'on')
            $waiting = , $deep | Submit-AsyncTask -Pool $pool { {{make}}; ($using:probe).Hit('waiting'); $null = {{Wait}}; try { {{use}} } catch { 'refused' } }
            $probe.WaitForHits('waiting', 1)
            $null = Submit-AsyncTask -Pool $pool -TimeoutSeconds 0.2 { ($using:probe).Wait('stuck') } | Wait-AsyncTask -ErrorAction Ignore
            $probe.Open('go')
            $waiting | Receive-AsyncTask
            $probe.Open('stuck')
            """);
        Assert.Equal(["refused"], run.Output);
    }

    /// <summary>What a task that has stayed may have, too, is copied where it must be, and only there.</summary>
    [Theory]
    [InlineData("@{ f = { 1 } }", false)]
    [InlineData("@(1, @{ f = { 1 } })", false)]
    [InlineData("@{ f = 1 }", true)]
    [InlineData("[hashtable]::Synchronized(@{ f = { 1 } })", true)]
    [InlineData("@{ f = [System.AppDomain]::CurrentDomain.GetData('a block of the session') }", true)]
    public void LoopIsGivenUp_Collections_AreCopiedWhereTheyHoldBlocks(string collection, bool isSame)
    {
        var run = Run($$"""
            $pool = New-EventLoopPool 1
            [System.AppDomain]::CurrentDomain.SetData('a block of the session', { 1 })
            $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 'on')
            $waiting = Submit-AsyncTask -Pool $pool {
                $mine = {{collection}}
                $stays = [tuple]::Create($mine)
                $before = [runspace]::DefaultRunspace.Id
                ($using:probe).Hit('waiting')
                $null = {{Wait}}
                $before -ne [runspace]::DefaultRunspace.Id
                [object]::ReferenceEquals($mine, $stays.Item1)
            }
            $probe.WaitForHits('waiting', 1)
            $null = Submit-AsyncTask -Pool $pool -TimeoutSeconds 0.2 { ($using:probe).Wait('stuck') } | Wait-AsyncTask -ErrorAction Ignore
            $probe.Open('go')
            $waiting | Receive-AsyncTask
            $probe.Open('stuck')
            """);
        Assert.Equal([true, isSame], run.Output);
    }

    /// <summary>One that stays in the runspace that was left has that one's variables.</summary>
    [Fact]
    public void LoopIsGivenUp_ABlockOfAModuleOfThePool_IsThatOfItsModuleThere()
    {
        using var folder = new TemporaryFolder();
        var module = Path.Combine(folder.Path, "Handlers.psm1");
        File.WriteAllText(module, "$script:runspace = [runspace]::DefaultRunspace.Id; function Get-Handler { { $script:runspace } }");
        Session.Set("module", module);
        Assert.Equal([true, false], Output($$"""
            $pool = New-EventLoopPool 1 -ImportModule $module
            $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, 'go', 'on')
            $waiting = Submit-AsyncTask -Pool $pool {
                $handler = Get-Handler
                $before = & $handler
                ($using:probe).Hit('waiting')
                $null = {{Wait}}
                (& $handler) -eq [runspace]::DefaultRunspace.Id
                (& $handler) -eq $before
            }
            $probe.WaitForHits('waiting', 1)
            $null = Submit-AsyncTask -Pool $pool -TimeoutSeconds 0.2 { ($using:probe).Wait('stuck') } | Wait-AsyncTask -ErrorAction Ignore
            $probe.Open('go')
            $waiting | Receive-AsyncTask
            $probe.Open('stuck')
            """));
    }

    /// <summary>What is gone through began before the first move, and was changed since.</summary>
    [Theory]
    [InlineData("foreach ($t in $tables) { Wait; $tables[2].n++; $t.n }", "0|0|3")]
    [InlineData("$all = $($tables[0]; Wait; $tables[0].n++; Wait; $tables[0].n++; Wait); $all.n; $tables[0].n", "2|2")]
    [InlineData("function F { $tables[0]; Wait; $tables[0].n++; Wait; $tables[0].n++; Wait }; $all = await F; $all.n; $tables[0].n", "2|2")]
    public void LoopsAreGivenUpOneAfterTheOther_WhatIsOneObjectStaysOne(string block, string output)
    {
        var run = Run($$"""
            $pool = New-EventLoopPool 1
            $gates = 1..3 | ForEach-Object { [AsyncExecutors.Tests.Module.Awaitables]::After($probe, "go $_", 'on') }
            $waiting = Submit-AsyncTask -Pool $pool {
                $gates = $using:gates
                $k = 0
                $tables = @(foreach ($i in 1..3) { @{ f = { 1 }; n = 0 } })
                {{block.Replace("Wait", "($using:probe).Hit('waiting'); $null = await $gates[$k]; $k++", StringComparison.Ordinal)}}
            }
            foreach ($i in 1..3) {
                $probe.WaitForHits('waiting', $i)
                $null = Submit-AsyncTask -Pool $pool -TimeoutSeconds 0.1 { ($using:probe).Wait('stuck') } | Wait-AsyncTask -ErrorAction Ignore
                $probe.Open("go $i")
            }
            $waiting | Receive-AsyncTask
            $probe.Open('stuck')
            """);
        run.AssertNoErrors();
        Assert.Equal(output, string.Join('|', run.Output));
    }

    /// <summary>A task may lower its language mode for the code to come; what is made for it then is not another task's, nor the other way round.</summary>
    [Theory]
    [InlineData("$false, $true", "full|full|refused|refused")]
    [InlineData("$true, $false", "refused|refused|full|full")]
    public void LoopWaits_ATaskLowersItsLanguageMode_EachHasItsOwn(string lowers, string output)
    {
        var run = Run($$"""
            $pool = New-EventLoopPool 1
            foreach ($lowers in {{lowers}}) {
                $go = [AsyncExecutors.Tests.Module.Awaitables]::After($probe, "go $lowers", 'on')
                $moving = Submit-AsyncTask -Pool $pool -ArgumentList $lowers {
                    param($lowers)
                    function Get-Code { if ($lowers) { $ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage' }; 1..2 | ForEach-Object { { try { [System.IO.Directory]::Exists('/'); $r = 'full' } catch { $r = 'refused' }; $r } } }
                    $n = 0
                    foreach ($code in Get-Code) {
                        $n++
                        if ($n -eq 1) { ($using:probe).Hit("waiting $lowers"); $null = await $using:go }
                        @(& $code)[-1]
                        if ($lowers) { $ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage' }
                    }
                }
                $probe.WaitForHits("waiting $lowers", 1)
                $holding = Submit-AsyncTask -Pool $pool { ($using:probe).Hit("holds $($using:lowers)"); $null = Wait-AsyncTask $using:moving }
                $probe.WaitForHits("holds $lowers", 1)
                $probe.Open("go $lowers")
                $moving | Receive-AsyncTask
                $holding | Wait-AsyncTask -ErrorAction Ignore | ForEach-Object { }
            }
            """);
        Assert.Equal(output, string.Join('|', run.Output));
    }
}
