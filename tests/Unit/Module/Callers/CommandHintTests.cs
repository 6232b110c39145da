namespace AsyncExecutors.Tests.Module;

/// <summary>The error of a task that did not find a command says how to bring it.</summary>
public sealed class CommandHintTests : ModuleTest
{
    [Theory]
    [InlineData("Invoke-AsyncMultiple {0}")]
    [InlineData("Invoke-AsyncTask {0}")]
    [InlineData("$t = Submit-AsyncTask {0}; Wait-AsyncTask $t")]
    [InlineData("$t = Submit-AsyncTask {0}; Receive-AsyncTask $t")]
    public void NotFound_CmdletOfAModule_NamesTheModule(string call)
    {
        var error = Run(call.Replace("{0}", "{ Wait-TestGate }", StringComparison.Ordinal)).OneError();

        Assert.StartsWith("TaskFailed", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-ImportModule AsyncExecutors.Tests ", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("'Wait-TestGate'", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void NotFound_HintFollowed_Works() =>
        Assert.Equal("Wait-TestGate", One("(Invoke-AsyncMultiple { (Get-Command Wait-TestGate).Name } -ImportModule AsyncExecutors.Tests).Output"));

    [Fact]
    public void NotFound_FunctionNamedOnlyAtRunTime_NamesTheParameter() =>
        Assert.Contains("-Function Get-Mine ", Run("function Get-Mine { } $n = 'Get-Mine'; Invoke-AsyncTask { & $using:n }").OneError().ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("$null = New-Module -Name Loose { function Get-Mine { } } | Import-Module -PassThru; Invoke-AsyncTask { Get-Mine }")]
    [InlineData("$m = New-Module -Name Loose { function Get-Mine { } function Get-All { Invoke-AsyncTask { Get-Mine } } Export-ModuleMember Get-All } | Import-Module -PassThru; Get-All")]
    public void NotFound_FunctionThatNoImportBrings_NamesTheParameter(string script) =>
        Assert.Contains("-Function Get-Mine ", Run(script).OneError().ToString(), StringComparison.Ordinal);

    [Fact]
    public void NotFound_Alias_NamesTheCommand() =>
        Assert.Contains("write Get-Mine.", Run("$null = $ExecutionContext.SessionState.InvokeProvider.Item.New('alias:', 'gm1', '', 'Get-Mine'); function Get-Mine { } Invoke-AsyncTask { gm1 }").OneError().ToString(), StringComparison.Ordinal);

    [Fact]
    public void NotFound_FunctionOfAnotherLanguageMode_SaysSo()
    {
        using var session = new ModuleSession();
        session.Run("function global:f { } $ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'").AssertNoErrors();

        Assert.Contains("FullLanguage", session.Run("Invoke-AsyncTask { f }").OneError().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void NotFound_AnywhereElse_HasNoHint() =>
        Assert.DoesNotContain("caller", Run("Invoke-AsyncTask { Get-NoSuchCommand }").OneError().ToString(), StringComparison.OrdinalIgnoreCase);
}
