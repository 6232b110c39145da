namespace AsyncExecutors.Tests.Module;

/// <summary>What a block that suspends has of its caller.</summary>
public sealed class CallerAwaitTests : ModuleTest
{
    [Theory]
    [InlineData("function f($x) { $x + 1 }", "await 1; f 3", 4)]
    [InlineData("function f($x) { [System.Threading.Tasks.Task]::FromResult($x + 1) }", "await (f 3)", 4)]
    [InlineData("function f($x) { [System.Threading.Tasks.Task]::FromResult($x + 1) }", "await f 3", 4)]
    [InlineData("function f($x) { $y = await ([System.Threading.Tasks.Task]::FromResult($x)); $y + 1 }", "await f 3", 4)]
    [InlineData("function f($x) { g $x } function g($x) { $x + 1 }", "await ([System.Threading.Tasks.Task]::Delay(1)); f 3", 4)]
    public void Function_InABlockThatSuspends_IsFound(string functions, string body, int output)
    {
        body = body.Replace("await 1;", "await ([System.Threading.Tasks.Task]::CompletedTask);", StringComparison.Ordinal);

        Assert.Equal(output, One($"{functions} Invoke-AsyncTask {{ {body} }}"));
        Assert.Equal(output, One($"{functions} (Invoke-AsyncMultiple -Pool (New-EventLoopPool) {{ {body} }}).Output"));
    }

    [Fact]
    public void FunctionThatAwaits_SuspendsTheBlock() =>
        Assert.Equal(2, Output("""
            function f { $probe = $args[0]; await ([AsyncExecutors.Tests.Module.Awaitables]::Meet($probe, 2)) }
            1, 2 | Invoke-AsyncMultiple -Pool (New-EventLoopPool 1) { await f $using:probe; 'met' }
            """).Count);

    [Theory]
    [InlineData("await Submit-AsyncTask { $using:n + 1 }")]
    [InlineData("await Submit-AsyncTask { await ([System.Threading.Tasks.Task]::FromResult($using:n + 1)) }")]
    [InlineData("await Submit-AsyncTask -ScriptBlock { await ([System.Threading.Tasks.Task]::FromResult($using:n + 1)) } -Name inner")]
    [InlineData("foreach ($x in await Submit-AsyncTask { await ([System.Threading.Tasks.Task]::FromResult($using:n + 1)) }) { $x }")]
    public void BlockOfATaskThatIsAwaited_MayAwait_AndHasTheVariablesOfTheBlockAround(string body) =>
        Assert.Equal(4, One($"Invoke-AsyncTask {{ $n = 3; {body} }}"));

    [Fact]
    public void FunctionAwaitedByItsName_OffALoop_IsAnErrorThatSaysWhatToWrite() =>
        Assert.Contains("Invoke-AsyncTask { await f }", Run("function f { } await f").OneError().ToString(), StringComparison.Ordinal);

    [Fact]
    public void FunctionThatWritesNothing_Awaited_IsOneClearError() =>
        Assert.Equal("null cannot", Run("Invoke-AsyncTask { function f { } await (f) }").OneError().ToString()[..11]);

    [Fact]
    public void Function_OfABlockThatSuspends_IsGoneWithItsTask() =>
        Assert.Equal(["it", false], Output("""
            function f { 'it' }
            $p = New-EventLoopPool
            Invoke-AsyncTask -Pool $p { await ([System.Threading.Tasks.Task]::Delay(1)); f }
            Invoke-AsyncTask -Pool $p { $name = 'f'; [bool](Get-Command $name -ErrorAction Ignore) }
            """));

    [Fact]
    public void VariablesModulesAndBlocks_InABlockThatSuspends_AreThere() =>
        Assert.Equal(["Wait-TestGate", 5, 6, 7, 8, "arg"], Output("""
            $y = 7; $closure = { $y }.GetNewClosure(); $using1 = { 8 }
            ({ 6 } | Invoke-AsyncMultiple -ImportModule $tools -Variable @{ n = 5; c = $closure } -ArgumentList { 'arg' } {
                await ([System.Threading.Tasks.Task]::Delay(1))
                (Get-Command Wait-TestGate).Name; $n; $_.Invoke(); $c.Invoke(); & $using:using1
                await ([System.Threading.Tasks.Task]::Delay(1))
                $args[0].Invoke()
            }).Output
            """));

    [Fact]
    public void ImportThatFails_BeforeABlockThatSuspends_IsOneErrorAndTheEndOfTheCall()
    {
        var run = Run("1..20 | Invoke-AsyncMultiple -ImportModule NoSuchModule { await ([System.Threading.Tasks.Task]::Delay(1)) }");

        run.AssertError("ModuleNotImported");
        Assert.Empty(run.Output);
    }

    [Fact]
    public void MethodOfTheCaller_InABlockThatSuspends_RunsOnTheCallersThread() =>
        Assert.Equal(true, One("""
            class Thing { [int] Thread() { return [Environment]::CurrentManagedThreadId } }
            $thread = [Thing]::new() | Invoke-AsyncTask { await ([System.Threading.Tasks.Task]::Delay(1)); $_.Thread() }
            $thread -eq [Environment]::CurrentManagedThreadId
            """));
}
