namespace AsyncExecutors.Tests.Module;

/// <summary>Tasks, results and pools as a line of text. Their tables need an installed PowerShell: see tests/Pester.</summary>
public sealed class LooksTests : ModuleTest
{
    [Fact]
    public void Result_AsText_NamesTaskInputStatusAndDuration() =>
        Assert.Matches(@"^Task[0-9]+ \(in\) Succeeded in [0-9.]+ (µs|ms|s)$", (string)One("'in' | Invoke-AsyncMultiple { 5 } | ForEach-Object { \"$_\" }")!);

    [Fact]
    public void Result_OfAFailure_AsText_HasItsMessageOnOneLine() =>
        Assert.Matches(@"^Task[0-9]+ \(in\) Failed in [0-9.]+ (µs|ms|s): two lines$", (string)One("'in' | Invoke-AsyncMultiple -ErrorAction Ignore { throw \"two`nlines\" } | ForEach-Object { \"$_\" }")!);

    [Fact]
    public void Result_WithoutInput_AsText_NamesNone() =>
        Assert.Matches(@"^Task[0-9]+ Succeeded in ", (string)One("Invoke-AsyncMultiple { 5 } | ForEach-Object { \"$_\" }")!);

    [Fact]
    public void Result_OfATaskThatNeverBegan_AsText_HasNoDuration() =>
        Assert.Matches(
            @"^Task[0-9]+ Stopped: Task[0-9]+ was stopped\.$",
            (string)Run("$p = New-EventLoopPool 1; $first = Submit-AsyncTask -Pool $p { ($using:probe).Wait('go') }; $second = Submit-AsyncTask -Pool $p { }; $second | Stop-AsyncTask; $probe.Open('go'); $second | Wait-AsyncTask | ForEach-Object { \"$_\" }").Output[0]!);

    [Fact]
    public void Result_WithALongInput_AsText_IsShortened()
    {
        var text = (string)One("'x' * 500 | Invoke-AsyncMultiple { 5 } | ForEach-Object { \"$_\" }")!;

        Assert.InRange(text.Length, 80, 150);
    }

    [Fact]
    public void Task_AsText_NamesInputStatusAndLoop() =>
        Assert.Matches(
            @"^fetch \(in\) (Pending|Running|Succeeded) on loops-1$",
            (string)One("$p = New-EventLoopPool 1 -Name loops; 'in' | Submit-AsyncTask -Name fetch -Pool $p { } | ForEach-Object { \"$_\" }")!);

    [Fact]
    public void Pool_AsText_IsItsName() => Assert.Equal("orders", One("$p = New-EventLoopPool -Name orders; \"$p\""));
}
