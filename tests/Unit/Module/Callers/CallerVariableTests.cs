namespace AsyncExecutors.Tests.Module;

/// <summary><c>-Variable</c> of a call.</summary>
public sealed class CallerVariableTests : ModuleTest
{
    [Fact]
    public void Variable_IsInEachTask_AndIsTheLiveObject() =>
        Assert.Equal([Probe, "text", null], Output("(Invoke-AsyncMultiple -Variable @{ live = $probe; text = 'text'; nothing = $null } { $live; $text; $nothing }).Output"));

    [Fact]
    public void Variable_AssignedInATask_IsAsGivenInTheNext() =>
        Assert.Equal([6, 6], Output("(1, 2 | Invoke-AsyncMultiple -Pool (New-EventLoopPool) -Variable @{ n = 5 } { (++$n) }).Output"));

    [Fact]
    public void Variable_IsGoneAfterTheCall() =>
        Assert.Equal([5, true], Output("$p = New-EventLoopPool; (Invoke-AsyncMultiple -Pool $p -Variable @{ n = 5 } { $n }).Output; Invoke-AsyncTask -Pool $p { $null -eq $n }"));

    [Fact]
    public void Variable_IsSeenByTheCallersFunctions() =>
        Assert.Equal(15, One("function f($x) { $x + $n } (10 | Invoke-AsyncMultiple -Variable @{ n = 5 } { f $_ }).Output"));

    [Fact]
    public void Variable_Preference_CountsInTheTask() =>
        Assert.Equal(AsyncTaskStatus.Failed, Result("$p = New-EventLoopPool -ImportModule $tools; 1 | Invoke-AsyncMultiple -Pool $p -Variable @{ ErrorActionPreference = 'Stop' } { Write-TestRecord Error 'stops'; 'went on' }").Status);

    [Fact]
    public void Variable_PreferenceThatTheCallSetsToo_IsTheGivenOne() =>
        Assert.Equal("Ignore", One("(Invoke-AsyncMultiple -Verbose -Variable @{ VerbosePreference = 'Ignore' } { \"$VerbosePreference\" }).Output"));

    [Theory]
    [InlineData("_")]
    [InlineData("PSItem")]
    [InlineData("args")]
    [InlineData("true")]
    [InlineData("")]
    [InlineData("global:x")]
    public void Variable_ThatCannotBeGiven_IsOneClearError(string name)
    {
        Run($"Invoke-AsyncMultiple -Variable @{{ '{name}' = 1 }} {{ 'ran' }}").AssertError("VariableRefused");
        Run($"New-EventLoopPool -Variable @{{ '{name}' = 1 }}").AssertError("VariableRefused");
    }

    [Fact]
    public void Variable_Null_IsRefusedByValidation() =>
        Run("Invoke-AsyncMultiple -Variable $null { 1 }").AssertRefused();
}
