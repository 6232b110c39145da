namespace AsyncExecutors.Tests.Module;

/// <summary>Pools by name, and completion of names.</summary>
public sealed class PoolByNameTests : ModuleTest
{
    [Theory]
    [InlineData("(Invoke-AsyncMultiple -Pool {0} {{ ([EventLoop]::Current).Name }}).Output")]
    [InlineData("Invoke-AsyncTask -Pool {0} {{ ([EventLoop]::Current).Name }}")]
    [InlineData("Submit-AsyncTask -Pool {0} {{ ([EventLoop]::Current).Name }} | await")]
    public void Pool_ByName_RunsTheTask(string call)
    {
        call = call.Replace("{{", "{", StringComparison.Ordinal).Replace("}}", "}", StringComparison.Ordinal).Replace("[EventLoop]", "[AsyncExecutors.EventLoop]", StringComparison.Ordinal);

        Assert.Equal(["work-1", "work-1", "work-1"], Output($"$p = New-EventLoopPool -Name work; {call.Replace("{0}", "work", StringComparison.Ordinal)}; {call.Replace("{0}", "WORK", StringComparison.Ordinal)}; {call.Replace("{0}", "$p", StringComparison.Ordinal)}"));
    }

    [Fact]
    public void Pool_ByName_DrivesASequence() =>
        Assert.Equal(2, Output("$null = New-EventLoopPool -Name work; ConvertFrom-AsyncEnumerable ([AsyncExecutors.Tests.Module.Sequences]::Count($probe, 2)) -Pool work").Count);

    [Fact]
    public void Pool_ByName_InATask_IsTheSessionsPool() =>
        Assert.Equal("work-1", One("$null = New-EventLoopPool -Name work; Invoke-AsyncTask { Invoke-AsyncTask -Pool work { ([AsyncExecutors.EventLoop]::Current).Name } }"));

    [Fact]
    public void Pool_Default_ByName_IsTheSessionsOwnAndGrowsAsItDoes() =>
        Assert.Equal([3, "Default"], Output("@(1..3 | Invoke-AsyncMultiple -Pool default -MaxWorkers 3 { ($using:probe).Meet('all', 3) }).Count; (Get-EventLoopPool).Name"));

    [Theory]
    [InlineData("Invoke-AsyncTask -Pool nope { 'ran' }")]
    [InlineData("Invoke-AsyncMultiple -Pool w* { 'ran' }")]
    [InlineData("Stop-EventLoopPool nope")]
    [InlineData("$p | Stop-EventLoopPool; Invoke-AsyncTask -Pool work { 'ran' }")]
    public void Pool_ByANameThatNoneHas_IsOneClearError(string call)
    {
        var run = Run($"$p = New-EventLoopPool -Name work; {call}");

        var message = run.OneError().ToString();
        Assert.Contains("There is no pool named", message, StringComparison.Ordinal);
        Assert.Contains("Get-EventLoopPool lists", message, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("''")]
    [InlineData("$null")]
    [InlineData("*")]
    public void Pool_NeitherPoolNorName_IsRefused(string pool) => Run("$null = New-EventLoopPool -Name work; " + $"Invoke-AsyncTask -Pool {pool} {{ 'ran' }}").AssertRefused();

    [Theory]
    [InlineData("Stop-EventLoopPool a, b")]
    [InlineData("Stop-EventLoopPool $a, b")]
    [InlineData("'a', 'b' | Stop-EventLoopPool")]
    [InlineData("$a, 'b' | Stop-EventLoopPool")]
    [InlineData("Stop-EventLoopPool -Name ?")]
    [InlineData("Get-EventLoopPool ? | Stop-EventLoopPool")]
    public void Stop_ByNames_StopsThem(string call) =>
        Assert.Equal("stays", One($"$a, $b, $c = 'a', 'b', 'stays' | ForEach-Object {{ New-EventLoopPool -Name $_ }}; {call}; (Get-EventLoopPool).Name"));

    [Theory]
    [InlineData("Invoke-AsyncMultiple -Pool wo", "work work2")]
    [InlineData("Invoke-AsyncTask -Pool ", "Default 'it''s new' 'my pool' work work2")]
    [InlineData("Submit-AsyncTask -Pool W", "work work2")]
    [InlineData("ConvertFrom-AsyncEnumerable -Pool 'my", "'my pool'")]
    [InlineData("Get-EventLoopPool w", "work work2")]
    [InlineData("Get-EventLoopPool -Name 'IT", "'it''s new'")]
    [InlineData("Stop-EventLoopPool w", "work work2")]
    [InlineData("Stop-EventLoopPool -Name work2", "work2")]
    [InlineData("Stop-EventLoopPool -Pool w", "work work2")]
    [InlineData("Invoke-AsyncMultiple -Function Get-Te", "Get-Test1 Get-Test2")]
    [InlineData("New-EventLoopPool -Function get-test1", "Get-Test1")]
    [InlineData("Invoke-AsyncMultiple -ImportModule AsyncExecutors.T", "AsyncExecutors.Tests")]
    [InlineData("New-EventLoopPool -ImportModule AsyncExecutors.T", "AsyncExecutors.Tests")]
    public void Completion_OfAnArgument_HasTheNames(string text, string names)
    {
        Run("$null = 'work', 'work2', 'my pool', 'it''s new' | ForEach-Object { New-EventLoopPool -Name $_ }; Invoke-AsyncTask { }; function global:Get-Test1 { } function global:Get-Test2 { }").AssertNoErrors();
        Session.Set("text", text);

        Assert.Equal(names, One("([System.Management.Automation.CommandCompletion]::CompleteInput($text, $text.Length, @{}, [powershell]::Create('CurrentRunspace')).CompletionMatches | ForEach-Object CompletionText) -join ' '"));
    }
}
