using System.Management.Automation;

namespace AsyncExecutors.Tests.Module;

/// <summary>Sessions that may not do everything: their tasks may not either.</summary>
public sealed class LanguageModeTests : ModuleTest
{
    [Fact]
    public void ConstrainedSession_DefaultPool_IsConstrained()
    {
        using var session = new ModuleSession(PSLanguageMode.ConstrainedLanguage);
        var run = session.Run("(1 | Invoke-AsyncMultiple { \"$($ExecutionContext.SessionState.LanguageMode)\"; $_ + 1 }).Output");

        run.AssertNoErrors();
        Assert.Equal(["ConstrainedLanguage", 2], run.Output);
    }

    [Theory]
    [InlineData("[System.IO.File]::Exists('/')")]
    [InlineData("$ExecutionContext.SessionState.LanguageMode = 'FullLanguage'")]
    [InlineData("[System.Text.StringBuilder]::new()")]
    public void ConstrainedSession_ForbiddenCode_FailsInTheTaskToo(string body)
    {
        using var session = new ModuleSession(PSLanguageMode.ConstrainedLanguage);

        Assert.Equal(AsyncTaskStatus.Failed, Assert.Single(session.Run($"1 | Invoke-AsyncMultiple {{ {body} }}").Results).Status);
    }

    [Theory]
    [InlineData("process { [System.IO.File]::Exists('/') }")]
    [InlineData("[CmdletBinding()] param() [System.IO.File]::Exists('/')")]
    [InlineData("Invoke-AsyncTask { [System.IO.File]::Exists('/') } -ErrorAction Stop")]
    [InlineData("Invoke-AsyncTask -Pool (New-EventLoopPool) { [System.IO.File]::Exists('/') } -ErrorAction Stop")]
    public void ConstrainedSession_OtherWaysToRunCode_AreConstrainedToo(string body)
    {
        using var session = new ModuleSession(PSLanguageMode.ConstrainedLanguage);

        Assert.Equal(AsyncTaskStatus.Failed, Assert.Single(session.Run($"1 | Invoke-AsyncMultiple {{ {body} }}").Results).Status);
    }

    [Fact]
    public void ConstrainedSession_InitializationScript_IsConstrained()
    {
        using var session = new ModuleSession(PSLanguageMode.ConstrainedLanguage);
        session.Run("New-EventLoopPool -InitializationScript { [System.IO.File]::Exists('/') }").AssertError("PoolDidNotStart");
    }

    [Fact]
    public void ConstrainedSession_UsingAndOwnPool_Work()
    {
        using var session = new ModuleSession(PSLanguageMode.ConstrainedLanguage);
        var run = session.Run("$a = 1, 2, 3; $p = New-EventLoopPool 2; (1 | Invoke-AsyncMultiple -Pool $p { $using:a[1] + $_ }).Output");

        run.AssertNoErrors();
        Assert.Equal([3], run.Output);
    }

    [Theory]
    [InlineData("Invoke-AsyncMultiple")]
    [InlineData("Invoke-AsyncTask")]
    [InlineData("Submit-AsyncTask")]
    public void PoolOfAFullSession_InAConstrainedOne_IsOneClearError(string cmdlet)
    {
        using var session = new ModuleSession(PSLanguageMode.ConstrainedLanguage);
        session.Set("p", One("New-EventLoopPool -Name full"));
        var run = session.Run($"1, 2 | {cmdlet} -Pool $p {{ 'ran' }}");

        Assert.Contains("ConstrainedLanguage", run.AssertError("OtherLanguageMode").ToString(), StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void PoolOfAConstrainedSession_InAFullOne_IsOneClearError()
    {
        using var session = new ModuleSession(PSLanguageMode.ConstrainedLanguage);
        Session.Set("p", Assert.Single(session.Run("New-EventLoopPool").Output));

        Run("1, 2 | Invoke-AsyncMultiple -Pool $p { 'ran' }").AssertError("OtherLanguageMode");
    }

    [Fact]
    public void PoolOfAnotherFullSession_Serves()
    {
        using var other = new ModuleSession();
        other.Set("p", One("New-EventLoopPool -Name shared"));
        var run = other.Run("(1 | Invoke-AsyncMultiple -Pool $p { 'ran' }).Output; Get-EventLoopPool s*");

        run.AssertNoErrors();
        Assert.Equal(["ran"], run.Output);
    }

    [Theory]
    [InlineData(PSLanguageMode.NoLanguage)]
    [InlineData(PSLanguageMode.RestrictedLanguage)]
    public void SessionWithoutScripts_IsOneClearError(PSLanguageMode mode)
    {
        using var session = new ModuleSession(mode);
        session.Set("block", ScriptBlock.Create("'ran'"));
        using var shell = session.Commands("New-EventLoopPool");

        var thrown = Assert.IsAssignableFrom<RuntimeException>(Record.Exception(() => shell.Invoke()));
        Assert.StartsWith("NoScriptsAllowed", thrown.ErrorRecord.FullyQualifiedErrorId, StringComparison.Ordinal);
    }
}
