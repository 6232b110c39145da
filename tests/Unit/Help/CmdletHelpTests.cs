using System.Management.Automation;
using System.Text.RegularExpressions;
using AsyncExecutors.Tests.Module;

namespace AsyncExecutors.Tests.Help;

/// <summary>What <c>Get-Help</c> says of each cmdlet that the module exports.</summary>
public sealed class CmdletHelpTests : ModuleTest
{
    private const int LeastExamples = 3;

    [Fact]
    public void EveryCmdlet_HasSynopsisAndDescription() => Assert.All(Cmdlets(), name =>
    {
        Assert.NotEqual(string.Empty, Text($"(Get-Help {name}).Synopsis"));
        Assert.DoesNotContain("[", Text($"(Get-Help {name}).Synopsis"), StringComparison.Ordinal);
        Assert.NotEqual(string.Empty, Text($"(Get-Help {name}).description.ForEach('Text')"));
        Assert.NotEqual(string.Empty, Text($"(Get-Help {name}).returnValues.returnValue.type.name"));
        Assert.NotEqual(string.Empty, Text($"(Get-Help {name}).inputTypes.inputType.type.name"));
    });

    [Fact]
    public void EveryParameter_IsDescribed() => Assert.All(Cmdlets(), name =>
    {
        var missing = Output($$"""
            $help = @{}
            (Get-Help {{name}}).parameters.parameter.ForEach{ $help[$_.name] = $_ }
            (Get-Command {{name}}).Parameters.Keys.Where{ $_ -notin [System.Management.Automation.Cmdlet]::CommonParameters }.Where{
                -not $help[$_].description.Text
            }
            """);
        Assert.Empty(missing);
    });

    [Fact]
    public void EveryParameter_HasTheFactsOfTheCode() => Assert.All(Cmdlets(), name =>
    {
        var wrong = Output($$"""
            (Get-Help {{name}}).parameters.parameter.ForEach{
                $actual = (Get-Command {{name}}).Parameters[$_.name]
                $set = @($actual.ParameterSets.Values)[0]
                $aliases = $actual.Aliases.Count ? $actual.Aliases -join ', ' : 'none'
                if ($_.type.name -ne $actual.ParameterType.FullName) { "$($_.name): $($_.type.name)" }
                if ($_.aliases -ne $aliases) { "$($_.name): $($_.aliases)" }
                if ($_.position -ne ($set.Position -lt 0 ? 'Named' : $set.Position)) { "$($_.name): $($_.position)" }
                if (($_.required -eq 'true') -ne $set.IsMandatory) { "$($_.name): $($_.required)" }
                if (($_.pipelineInput -ne 'False') -ne ($set.ValueFromPipeline -or $set.ValueFromPipelineByPropertyName)) { "$($_.name): $($_.pipelineInput)" }
            }
            """);
        Assert.Empty(wrong);
    });

    [Fact]
    public void EveryCmdlet_HasExamplesAndLinks() => Assert.All(Cmdlets(), name =>
    {
        var code = Output($"(Get-Help {name}).examples.example.ForEach('code')");
        Assert.True(code.Count >= LeastExamples, $"{name} has {code.Count} examples.");
        Assert.All(code, static text => Assert.NotEqual(string.Empty, text));
        Assert.NotEmpty(Output($"(Get-Help {name}).relatedLinks.navigationLink.ForEach('linkText')"));
    });

    [Fact]
    public void Parameter_WithItsDefaultAndWildcards_IsTold()
    {
        Assert.Equal("10", Text("(Get-Help Invoke-AsyncMultiple -Parameter MaxWorkers).defaultValue"));
        Assert.Equal("true", Text("(Get-Help Get-EventLoopPool -Parameter Name).globbing"));
    }

    [Fact]
    public void Alias_LeadsToTheCmdlet() => Assert.Equal("Receive-AsyncTask", Text("(Get-Help await).Name"));

    [Theory]
    [InlineData("about_AsyncExecutors")]
    [InlineData("about_AsyncExecutors_await")]
    public void AboutTopic_HasAShortDescriptionInListsAndItsText(string topic)
    {
        Assert.NotEqual(string.Empty, Text($"(Get-Help {topic}).Synopsis"));
        Assert.Contains("LONG DESCRIPTION", Text($"Get-Help {topic}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("about_AsyncExecutors")]
    [InlineData("about_AsyncExecutors_await")]
    public void AboutTopic_TablesHaveTheirRuleAboveTheirColumns(string topic)
    {
        var lines = Text($"Get-Help {topic}").Split('\n');
        var rules = Enumerable.Range(0, lines.Length).Where(line => Regex.IsMatch(lines[line], @"^ *-+( +-+)+\s*$")).ToArray();
        Assert.NotEmpty(rules);
        Assert.All(rules, rule => Assert.Subset(Columns(lines[rule + 1]), Columns(lines[rule])));

        static HashSet<int> Columns(string line) => [.. Regex.Matches(line, @"(?<=^ *|  )\S").Select(static cell => cell.Index)];
    }

    private List<string> Cmdlets() =>
        [.. Output("(Get-Module AsyncExecutors).ExportedCmdlets.Keys").Select(static name => $"{name}")];

    private string Text(string script) => LanguagePrimitives.ConvertTo<string>(Output(script).ToArray()).Trim();
}
