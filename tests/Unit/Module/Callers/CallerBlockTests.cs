namespace AsyncExecutors.Tests.Module;

/// <summary>Script blocks as values: each loop makes its own of them.</summary>
public sealed class CallerBlockTests : ModuleTest
{
    /// <summary>Ways to call a block; some would wait for the caller's thread, which waits for the task.</summary>
    public static TheoryData<string> Calls =>
    [
        "& $b 2",
        ". $b 2",
        "$b.Invoke(2)[0]",
        "$b.InvokeReturnAsIs(2)",
        "([Func[int, int]]$b).Invoke(2)",
        "1 | ForEach-Object { & $b 2 }",
        "& { param($x) & $x 2 } $b",
    ];

    [Theory]
    [MemberData(nameof(Calls))]
    public void Block_AsUsing_RunsInTheTask(string call) =>
        Assert.Equal(8, One($"$f = 4; $sb = {{ param($n) $n * $f }}; Invoke-AsyncTask {{ $f = 4; $b = $using:sb; {call} }}"));

    [Theory]
    [MemberData(nameof(Calls))]
    public void Block_AsInput_RunsInTheTask(string call) =>
        Assert.Equal(8, One($"{{ param($n) $n * $f }} | Invoke-AsyncTask {{ $f = 4; $b = $_; {call} }}"));

    [Theory]
    [MemberData(nameof(Calls))]
    public void Block_AsArgument_RunsInTheTask(string call) =>
        Assert.Equal(8, One($"Invoke-AsyncTask {{ param($b) $f = 4; {call} }} -ArgumentList {{ param($n) $n * $f }}"));

    [Theory]
    [MemberData(nameof(Calls))]
    public void Block_AsVariable_RunsInTheTask(string call) =>
        Assert.Equal(8, One($"(Invoke-AsyncMultiple {{ $f = 4; {call} }} -Variable @{{ b = {{ param($n) $n * $f }} }}).Output"));

    [Theory]
    [MemberData(nameof(Calls))]
    public void Block_AsVariableOfAPool_RunsInTheTask(string call) =>
        Assert.Equal(8, One($"Invoke-AsyncTask {{ $f = 4; {call} }} -Pool (New-EventLoopPool -Variable @{{ b = {{ param($n) $n * $f }} }})"));

    [Theory]
    [InlineData("@{ b = $block; n = 3 }", "$_.b")]
    [InlineData("[ordered]@{ b = $block; n = 3 }", "$_.b")]
    [InlineData("[pscustomobject]@{ b = $block; n = 3 }", "$_.b")]
    [InlineData(", ($block, 3)", "$_[0]")]
    [InlineData(", [scriptblock[]]($block)", "$_[0]")]
    public void Block_InsideTheInput_RunsInTheTask(string input, string path)
    {
        Assert.Equal([8, 8], Output($"$block = {{ param($n) $n * 4 }}; {input} | Invoke-AsyncTask {{ & {path} 2; {path}.Invoke(2) }}"));
        Assert.Equal([8, 8], Output($"$block = {{ param($n) $n * 4 }}; {input} | ForEach-Object {{ $x = $_; Invoke-AsyncTask {{ $_ = $using:x; & {path} 2; {path}.Invoke(2) }} }}"));
    }

    [Fact]
    public void Table_WithoutBlocks_IsTheSameObject() =>
        Assert.Equal("set", One("$t = @{ n = 3 }; Invoke-AsyncTask { ($using:t).n = 'set' }; $t.n"));

    [Fact]
    public void Table_WithBlocks_IsOneCopyForEachLoop() =>
        Assert.Equal(["set", 3], Output("$t = @{ n = 3; b = { } }; Invoke-AsyncTask { ($using:t).n = 'set'; ($using:t).n }; $t.n"));

    [Fact]
    public void Input_OfTheResult_IsTheCallersBlock() =>
        Assert.Equal(true, One("$b = { 1 }; [object]::ReferenceEquals(($b | Invoke-AsyncMultiple { & $_ }).InputObject, $b)"));

    [Fact]
    public void Block_OfAFile_KeepsItsPlace()
    {
        using var folder = new TemporaryFolder();
        Session.Set("file", folder.Add("block.ps1", "{ $PSScriptRoot }"));

        Assert.Equal(folder.Path, One("$b = & $file; Invoke-AsyncTask { & $using:b }"));
    }

    [Fact]
    public void Block_ThatIsAFunction_RunsAsOne() =>
        Assert.Equal([2, 4], Output("filter f { $_ * 2 } $b = ${function:f}; Invoke-AsyncTask { 1, 2 | & $using:b }"));

    [Theory]
    [InlineData("Invoke-AsyncTask { & $using:b }")]
    [InlineData("Invoke-AsyncTask { & $args[0] } -ArgumentList $b")]
    [InlineData("Invoke-AsyncTask { & ($using:t).b }")]
    [InlineData("Invoke-AsyncTask { & ($using:a)[1] }")]
    [InlineData("Invoke-AsyncTask { & ($using:o).b }")]
    [InlineData("(Invoke-AsyncMultiple -Variable @{ b = $b } { & $b }).Output")]
    [InlineData("Invoke-AsyncTask -Pool (New-EventLoopPool -Variable @{ b = $b }) { & $b }")]
    [InlineData("Invoke-AsyncTask -Pool (New-EventLoopPool -InitializationScript { $global:made = & $using:b }) { $made }")]
    public void Block_ThatNamesFunctions_HasThemInTheTask(string call) =>
        Assert.Equal(4, One($"function f {{ g }} function g {{ 4 }} $b = {{ f }}; $t = @{{ b = $b }}; $a = 1, $b; $o = [pscustomobject]@{{ b = $b }}; {call}"));

    [Fact]
    public void Closure_AsValue_HasItsVariables() =>
        Assert.Equal([7, 7], Output("$y = 7; $c = { $y }.GetNewClosure(); $y = 8; Invoke-AsyncTask { & $using:c; ($using:c).Invoke() }"));

    [Fact]
    public void Closure_AsTheBlock_HasItsVariables() =>
        Assert.Equal([7, 1], Output("& { $y = 7; $script:c = { $y; $_ }.GetNewClosure() }; 1 | Invoke-AsyncTask $c"));

    [Fact]
    public void Block_OfAnotherLanguageMode_IsRefusedWithTheReason()
    {
        using var session = new ModuleSession(System.Management.Automation.PSLanguageMode.ConstrainedLanguage);
        session.Run("$global:made = { [System.IO.File]::Exists('/') }").AssertNoErrors();
        Session.Set("made", session.Get("made"));

        foreach (var call in new[] { "Invoke-AsyncTask { & $using:made }", "$made | Invoke-AsyncTask { & $_ }", "Invoke-AsyncTask { & $args[0] } -ArgumentList $made", "Invoke-AsyncMultiple -Variable @{ b = $made } { & $b }", "New-EventLoopPool -InitializationScript $made" })
        {
            Assert.Contains("ConstrainedLanguage", Run(call).AssertError("OtherLanguageMode").ToString(), StringComparison.Ordinal);
        }
    }
}
