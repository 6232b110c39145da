namespace AsyncExecutors.Tests.Module.Coroutines;

/// <summary><c>Start-Sleep</c> as a statement suspends its block.</summary>
public sealed class SleepTests : ModuleTest
{
    [Theory]
    [InlineData("Start-Sleep 600")]
    [InlineData("Start-Sleep -Seconds 600")]
    [InlineData("Start-Sleep 600.5")]
    [InlineData("Start-Sleep -Milliseconds 600000")]
    [InlineData("Start-Sleep -m 600000")]
    [InlineData("Start-Sleep -Duration 0:10")]
    [InlineData("Start-Sleep ([timespan]'0:10')")]
    [InlineData("sleep 600")]
    [InlineData("$time = @{ Seconds = 600 }; Start-Sleep @time")]
    [InlineData("if ($true) { Start-Sleep 600 }")]
    [InlineData("Start-Sleep (await ([System.Threading.Tasks.Task]::FromResult(600)))")]
    [InlineData("function Rest { Start-Sleep 600 }; await Rest")]
    public void SleepingBlock_LeavesTheLoopFree_AndEndsAtOnceWhenStopped(string sleep)
    {
        var output = Output($$"""
            $pool = New-EventLoopPool 1
            $task = Submit-AsyncTask -Pool $pool { try { 'begun'; {{sleep}}; 'not reached' } finally { ($using:probe).Hit('finally') } }
            Invoke-AsyncTask -Pool $pool { 'meanwhile' }
            "$($task.Status)"
            Stop-AsyncTask $task
            $result = $task | Wait-AsyncTask -ErrorAction Ignore
            "$($result.Status)"
            $result.Output
            """);

        Assert.Equal(["meanwhile", "Running", "Stopped", "begun"], output);
        Assert.Equal(1, Probe.Count("finally"));
    }

    [Theory]
    [InlineData("Start-Sleep 0.001")]
    [InlineData("Start-Sleep -Seconds 0")]
    [InlineData("Start-Sleep -Milliseconds 1")]
    [InlineData("Start-Sleep -Duration 0:0:0.001")]
    [InlineData("foreach ($i in 1..3) { Start-Sleep -Milliseconds $i }")]
    public void SleepingBlock_GoesOn(string sleep)
    {
        Assert.Equal(["before", "after"], Output($"Invoke-AsyncTask {{ 'before'; {sleep}; 'after' }}"));
    }

    [Fact]
    public void Sleep_IsTheBlocksOwnFunctionOfThatName()
    {
        Assert.Equal(["slept 600", "after"], Output("Invoke-AsyncTask { function Start-Sleep { \"slept $args\" }; Start-Sleep 600; 'after' }"));
    }
}
