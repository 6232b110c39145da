namespace AsyncExecutors.Tests.Module;

/// <summary>Pools given by name, and the names that tab completion offers.</summary>
public sealed class PoolNameTests : ModuleTest
{
    private const string Pools = "$null = New-EventLoopPool -Name orders; $null = New-EventLoopPool -Name 'it''s new'; ";

    [Theory]
    [InlineData("Invoke-AsyncTask -Pool ORDERS { [System.Threading.Thread]::CurrentThread.Name }")]
    [InlineData("(1 | Invoke-AsyncMultiple -Pool orders { [System.Threading.Thread]::CurrentThread.Name }).Output")]
    [InlineData("await (Submit-AsyncTask -Pool orders { [System.Threading.Thread]::CurrentThread.Name })")]
    public void Pool_ByName_RunsTheTaskThere(string command) =>
        Assert.Contains("orders", Assert.IsType<string>(One(Pools + command)), StringComparison.Ordinal);

    [Fact]
    public void Pool_ByNameInsideATask_IsTheSessionsPool() =>
        Assert.Equal("ran", One(Pools + "Invoke-AsyncTask { Invoke-AsyncTask -Pool orders { 'ran' } }"));

    [Fact]
    public void Pool_DefaultByName_IsTheSessionsOwn() =>
        Assert.Equal("ran", One("Invoke-AsyncTask { }; Invoke-AsyncTask -Pool Default { 'ran' }"));

    [Fact]
    public void Pool_UnknownName_IsRefusedAndSaysWhatThereIs()
    {
        var run = Run(Pools + "Invoke-AsyncTask -Pool nope { 'ran' }");

        run.AssertRefused();
        Assert.Contains("There is no pool named nope. Get-EventLoopPool lists", run.OneError().ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("''")]
    [InlineData("$null")]
    [InlineData("*")]
    public void Pool_NeitherPoolNorName_IsRefused(string pool) => Run(Pools + $"Invoke-AsyncTask -Pool {pool} {{ 'ran' }}").AssertRefused();

    [Theory]
    [InlineData("Get-EventLoopPool ", "'it''s new',orders")]
    [InlineData("Get-EventLoopPool o", "orders")]
    [InlineData("Get-EventLoopPool -Name ''IT", "'it''s new'")]
    [InlineData("Stop-EventLoopPool -Name o", "orders")]
    [InlineData("Invoke-AsyncMultiple { } -Pool O", "orders")]
    [InlineData("ConvertFrom-AsyncEnumerable -Pool o", "orders")]
    public void Completion_OfAPoolsName_OffersThoseThatBeginSo(string typed, string expected) =>
        Assert.Equal(expected, One(Pools + $"$typed = '{typed}'; @([System.Management.Automation.CommandCompletion]::CompleteInput($typed, $typed.Length, $null).CompletionMatches | ForEach-Object CompletionText) -join ','"));
}
