using System.Management.Automation;

namespace AsyncExecutors.Tests.Module;

/// <summary>The caller's functions inside tasks: those that the block names, and those that <c>-Function</c> names.</summary>
public sealed class CallerFunctionTests : ModuleTest
{
    [Theory]
    [InlineData("Invoke-AsyncTask { f 3 }")]
    [InlineData("Invoke-AsyncTask { & 'f' 3 }")]
    [InlineData("Invoke-AsyncTask { . f 3 }")]
    [InlineData("Invoke-AsyncTask { F 3 }")]
    [InlineData("Invoke-AsyncTask { & ${function:f} 3 }")]
    [InlineData("Invoke-AsyncTask { if ($true) { & { f 3 } } }")]
    [InlineData("Invoke-AsyncTask { process { f 3 } }")]
    [InlineData("3 | Invoke-AsyncTask { [CmdletBinding()] param([Parameter(ValueFromPipeline)] $x) end { f $x } }")]
    [InlineData("(Invoke-AsyncMultiple { f 3 }).Output")]
    [InlineData("Submit-AsyncTask { f 3 } | await")]
    [InlineData("({ f 3 } | Invoke-AsyncMultiple).Output")]
    [InlineData("Invoke-AsyncTask -Pool (New-EventLoopPool) { f 3 }")]
    public void Function_TheBlockNames_IsFound(string call) =>
        Assert.Equal(4, One($"function f($x) {{ $x + 1 }} {call}"));

    [Theory]
    [InlineData("function global:f { 'it' }")]
    [InlineData("function script:f { 'it' }")]
    [InlineData("${function:f} = { 'it' }")]
    [InlineData("filter f { 'it' }")]
    [InlineData("function f { [CmdletBinding()] param([Parameter(ValueFromPipeline)] $x) end { 'it' } }")]
    public void Function_HoweverDefined_IsFound(string definition) =>
        Assert.Equal(["it", "it"], Output($"{definition}; & {{ 1 | Invoke-AsyncTask {{ f; 1 | f }} }}"));

    [Fact]
    public void Function_OfAnInnerScope_IsTheInnerOne() =>
        Assert.Equal(["inner", "outer"], Output("function f { 'outer' } & { function f { 'inner' } Invoke-AsyncTask { f } }; Invoke-AsyncTask { f }"));

    [Fact]
    public void Function_DefinedAnew_IsTheNewOneInTheNextCall() =>
        Assert.Equal(["first", "second"], Output("$call = { Invoke-AsyncTask { f } }; function f { 'first' } & $call; function f { 'second' } & $call"));

    [Fact]
    public void Functions_ThatItCalls_AreFoundToo_AlsoRoundInCircles() =>
        Assert.Equal(120, One("""
            function Get-Product($n) { if ($n -le 1) { Get-One } else { Get-Next $n } }
            function Get-Next($n) { $n * (Get-Product ($n - 1)) }
            function Get-One { 1 }
            Invoke-AsyncTask { Get-Product 5 }
            """));

    [Fact]
    public void Filter_InTheTask_IsAFilter() =>
        Assert.Equal([2, 4], Output("filter double { $_ * 2 } Invoke-AsyncTask { 1, 2 | double }"));

    [Fact]
    public void Function_WithParameters_BindsThemAsAtHome() =>
        Assert.Equal(["a=1 b=x", "a=2 b=y"], Output("""
            function f { [CmdletBinding()] param([Parameter(ValueFromPipeline)] [int] $A, [ValidateSet('x', 'y')] [string] $B = 'x') process { "a=$A b=$B" } }
            Invoke-AsyncTask { '1' | f; f 2 -b y }
            """));

    [Fact]
    public void Function_IsGoneWithItsTask() =>
        Assert.Equal(["it", false], Output("""
            function f { 'it' }
            $p = New-EventLoopPool
            Invoke-AsyncTask -Pool $p { f }
            Invoke-AsyncTask -Pool $p { $name = 'f'; [bool](Get-Command $name -ErrorAction Ignore) }
            """));

    [Fact]
    public void Function_TheBlockDefinesItself_IsThatOne() =>
        Assert.Equal(["block's", "block's"], Output("""
            function f { 'caller''s' }
            Invoke-AsyncTask { function f { 'block''s' } f }
            Invoke-AsyncTask { function global:f { 'block''s' } f }
            """));

    [Theory]
    [InlineData("")]
    [InlineData("await ([System.TimeSpan]::Zero); ")]
    public void Function_ThePoolHasToo_IsTheCallers(string before) =>
        Assert.Equal(["caller's", "pool's"], Output($$"""
            function f { 'caller''s' }
            $p = New-EventLoopPool -InitializationScript { function f { 'pool''s' } }
            Invoke-AsyncTask -Pool $p { {{before}}f }
            $ExecutionContext.SessionState.InvokeProvider.Item.Remove('function:f', $false)
            Invoke-AsyncTask -Pool $p { {{before}}f }
            """));

    [Fact]
    public void Function_InANestedCall_IsFoundThereToo() =>
        Assert.Equal(4, One("function f($x) { $x + 1 } Invoke-AsyncTask { Invoke-AsyncTask { f 3 } }"));

    [Fact]
    public void Function_ThatMakesACallItself_IsFoundThereToo() =>
        Assert.Equal(4, One("function f($x) { Invoke-AsyncTask { g $using:x } } function g($x) { $x + 1 } Invoke-AsyncTask { f 3 }"));

    [Fact]
    public void Function_ThatFails_SaysWhereItStandsAndItsName()
    {
        var error = Result("\n\nfunction f { throw 'broken' }\n1 | Invoke-AsyncMultiple { f }").Errors[0];

        Assert.Equal(3, error.InvocationInfo.ScriptLineNumber);
        Assert.StartsWith("at f, ", error.ScriptStackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public void Function_OfAFile_KeepsFileAndScriptRoot()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Add("functions.ps1", "function f { $PSScriptRoot; $MyInvocation.ScriptName }\n function g { throw 'g' }");
        Session.Set("file", file);

        Assert.Equal(folder.Path, Output(". $file; Invoke-AsyncTask { f }")[0]);
        Assert.Contains(file, Result(". $file; 1 | Invoke-AsyncMultiple { g }").Errors[0].ScriptStackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public void Function_OfAModule_IsNotTakenFromIt()
    {
        var run = Run("$null = New-Module -Name Mine { function Get-Mine { 'mine' } } | Import-Module -PassThru; Invoke-AsyncTask { Get-Mine }");

        Assert.IsType<CommandNotFoundException>(run.OneError().Exception);
    }

    [Fact]
    public void Function_Named_OfAModule_IsTaken_WithWhatItCallsThere() =>
        Assert.Equal("mine", One("""
            $null = New-Module -Name Mine { function Get-Mine { Get-Inner } function Get-Inner { 'mine' } } | Import-Module -PassThru
            (Invoke-AsyncMultiple -Function Get-Mine { Get-Mine }).Output
            """));

    [Theory]
    [InlineData("Invoke-AsyncMultiple { & $using:name 3 } -Function f | ForEach-Object Output")]
    [InlineData("Invoke-AsyncMultiple { & $using:name 3 } -Function x, F* | ForEach-Object Output")]
    [InlineData("Invoke-AsyncTask { & $using:name 3 } -Pool (New-EventLoopPool -Function f)")]
    [InlineData("Invoke-AsyncTask { & $using:name 3 } -Pool (New-EventLoopPool 2 -Function '?')")]
    [InlineData("$p = New-EventLoopPool -Function f; Remove-Function f; Invoke-AsyncTask { Invoke-AsyncTask { f 3 } } -Pool $p")]
    public void Function_ByParameter_IsThere_WithWhatItCalls(string call) =>
        Assert.Equal(4, One($"function Remove-Function($name) {{ $ExecutionContext.SessionState.InvokeProvider.Item.Remove(\"function:$name\", $false) }} function x {{ }} function f($x) {{ g $x }} function g($x) {{ $x + 1 }} $name = 'f'; {call}"));

    [Theory]
    [InlineData("Invoke-AsyncMultiple { 1 } -Function Get-Nothing")]
    [InlineData("New-EventLoopPool -Function Get-Nothing")]
    public void Function_ByParameter_Missing_IsOneClearError(string call)
    {
        var run = Run(call);

        Assert.Contains("Get-Nothing", run.AssertError("FunctionNotFound").ToString(), StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void Function_ByPattern_ThatFitsNothing_BringsNothing() =>
        Assert.Equal(1, One("(Invoke-AsyncMultiple { 1 } -Function Get-Nothing*).Output"));

    [Fact]
    public void Function_ThePoolsScriptNames_IsThereWhenItRuns() =>
        Assert.Equal("set up", One("function Get-State { 'set up' } Invoke-AsyncTask { $state } -Pool (New-EventLoopPool -InitializationScript { $state = Get-State })"));

    [Fact]
    public void Function_ByThePublicWayOfInvocation_IsFoundToo()
    {
        AppContext.SetSwitch("AsyncExecutors.UsePublicInvocationOnly", true);
        try
        {
            Assert.Equal(4, One("function f($x) { $x + 1 } Invoke-AsyncTask { f 3 }"));
        }
        finally
        {
            AppContext.SetSwitch("AsyncExecutors.UsePublicInvocationOnly", false);
        }
    }

    [Fact]
    public void ConstrainedSession_Function_StaysConstrained()
    {
        using var session = new ModuleSession(PSLanguageMode.ConstrainedLanguage);
        var run = session.Run("function f { \"$($ExecutionContext.SessionState.LanguageMode)\" } function g { [System.IO.File]::Exists('/') } Invoke-AsyncTask { f }; Invoke-AsyncTask { g }");

        Assert.Equal(["ConstrainedLanguage"], run.Output);
        run.OneError();
    }

    [Fact]
    public void ConstrainedSession_FunctionOfAFullOne_IsNotTaken()
    {
        using var session = new ModuleSession();
        session.Run("function global:f { [System.IO.File]::Exists('/') } $ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'").AssertNoErrors();

        Assert.IsType<CommandNotFoundException>(session.Run("Invoke-AsyncTask { f }").OneError().Exception);
        session.Run("Invoke-AsyncMultiple -Function f { f }").AssertError("OtherLanguageMode");
    }

    [Fact]
    public void FullSession_FunctionOfAConstrainedOne_IsNotTaken()
    {
        using var session = new ModuleSession(PSLanguageMode.ConstrainedLanguage);
        session.Run("function f { [System.IO.File]::Exists('/') } $global:made = ${function:f}").AssertNoErrors();
        Session.Set("made", session.Get("made"));

        Assert.IsType<CommandNotFoundException>(Run("${function:f} = $made; Invoke-AsyncTask { f }").OneError().Exception);
        Run("${function:f} = $made; New-EventLoopPool -Function f").AssertError("OtherLanguageMode");
    }
}
