namespace AsyncExecutors.Tests.Examples;

/// <summary>The host's command line and what it hands to the script.</summary>
public sealed class HostArgumentTests
{
    private const string ShowsParameters = """
        param([string] $Name, [int] $Count, [switch] $Flag, [Parameter(ValueFromRemainingArguments)] $Rest)
        "[$Name][$Count][$Flag][$($Rest -join '|')]"
        """;

    public static TheoryData<string[], string> Arguments => new()
    {
        { [], "[][0][False][]" },
        { ["-Name", "a b", "-Count", "3", "-Flag"], "[a b][3][True][]" },
        { ["-Name:x", "-Count:", "4", "-Flag:$false"], "[x][4][False][]" },
        { ["x", "5", "y", "-6", "-"], "[x][5][False][y|-6|-]" },
        { ["-Flag", "x"], "[x][0][True][]" },
        { ["$(throw 'code')", "1", "; 'code'", "@{}", "''"], "[$(throw 'code')][1][False][; 'code'|@{}|'']" },
    };

    [Theory]
    [MemberData(nameof(Arguments))]
    public async Task Arguments_AsTyped_ReachTheParameters(string[] arguments, string expected)
    {
        using var run = await HostRun.ScriptAsync(ShowsParameters, arguments);

        Assert.Equal(string.Empty, run.Errors);
        Assert.Equal(expected + "\n", run.Output);
    }

    [Fact]
    public async Task Arguments_WithoutParamBlock_AreInArgs()
    {
        using var run = await HostRun.ScriptAsync("\"$($args.Count): $args\"", "one", "two words", "3");

        Assert.Equal("3: one two words 3\n", run.Output);
    }

    [Fact]
    public async Task Arguments_OfWrongType_ExitWith1AndRunNothing()
    {
        using var run = await HostRun.ScriptAsync(ShowsParameters, "-Count", "many");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Count", run.Errors, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task ScriptPath_WithBracketsAndSpaces_IsTakenLiterally()
    {
        using var script = new TemporaryScript("$PSScriptRoot; $PSCommandPath", "a [b] c.ps1");

        using var run = await HostRun.ToEndAsync(script.Path);

        Assert.Equal($"{script.Folder}\n{script.Path}\n", run.Output);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("-?")]
    public async Task Help_Asked_ExplainsOnStandardOutput(string option)
    {
        using var run = await HostRun.ToEndAsync(option);

        Assert.Equal(0, run.ExitCode);
        run.AssertNoErrors();
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
        Assert.Contains("Exit code:", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--nonsense", "Unknown option '--nonsense'")]
    [InlineData("missing.ps1", "There is no script 'missing.ps1'")]
    [InlineData("README.md", "'README.md' is not a script")]
    public async Task CommandLine_Wrong_ExitsWith64AndSaysWhatToDo(string argument, string message)
    {
        using var run = await HostRun.ToEndAsync(argument);

        Assert.Equal(64, run.ExitCode);
        Assert.Contains(message, run.Errors, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }
}
