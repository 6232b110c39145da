using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace AsyncExecutors.Tests.Examples;

/// <summary>The comparison runs from end to end, in the host, and leaves files that can be read. Not what it measures.</summary>
public sealed partial class BenchmarkTests
{
    /// <summary>How each figure begins, and whether it takes a peer that the host has not.</summary>
    private static readonly (string Figure, bool NeedsPeer)[] Figures =
    [
        ("Tiny blocks: rate to Split-Pipeline", true),
        ("Tiny blocks: rate to sequential ForEach-Object", false),
        ("Tiny blocks: rate to ForEach-Object -Parallel", false),
        ("Tiny blocks, results kept: rate to Split-Pipeline", true),
        ("Tiny blocks, results kept: rate to sequential ForEach-Object", false),
        ("With -TaskTimeoutSeconds 30 -Ordered: rate", false),
        ("Tiny blocks: bytes allocated a block, all in all", false),
        ("Tiny blocks: bytes allocated a block beyond", false),
        ("Submit-AsyncTask, then Wait-AsyncTask: tasks a second", false),
        ("Submit-AsyncTask, then Wait-AsyncTask: rate to Start-ThreadJob", true),
        ("Invoke-AsyncTask { 1 }: µs", false),
        ("Ten blocks, warm default pool: ms", false),
        ("First call in a new process", false),
        ("Computing in PowerShell code", false),
        ("Computing in a .NET call", false),
        ("Ten blocks that Start-Sleep", false),
        ("Ten blocks that hold their threads", false),
        ("100 blocks that await 50 ms: s", false),
        ("Waiting blocks, await on two threads: KB", false),
        ("Waiting blocks, await on two threads: threads", false),
        ("Waiting blocks, await on two threads: rate", false),
        ("await of a task that has ended: µs", false),
        ("10,000 blocks: rate", false),
        ("10,000 blocks: MB of memory", false),
        ("Import-Module: ms beyond", true),
        ("Growth with tasks: Invoke-AsyncMultiple", false),
        ("Growth with tasks: Submit-AsyncTask", false),
        ("Growth with loops: New-EventLoopPool", false),
        ("Growth with loops: 200 tiny blocks", false),
    ];

    [Fact]
    public async Task Compare_Quick_WritesARowForEachFigureAndFilesThatCanBeRead()
    {
        var folder = Directory.CreateTempSubdirectory("AsyncExecutors").FullName;
        try
        {
            using var run = await HostRun.ToEndAsync(
                Path.Combine(Repository.Root, "benchmarks", "Scripts", "Compare.ps1"), "-Quick", "-ResultsFolder", folder);
            Assert.True(run.ExitCode == 0, run.Errors);

            var page = await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(folder, "*.md")));
            Assert.Equal(page, run.Output);
            CheckFigures(page);
            CheckRuns(await File.ReadAllLinesAsync(Assert.Single(Directory.GetFiles(folder, "*.csv"))), page);
            CheckCharts(page, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Compare_NoSuchComparison_SaysWhereTheirNamesAre()
    {
        using var run = await HostRun.ToEndAsync(
            Path.Combine(Repository.Root, "benchmarks", "Scripts", "Compare.ps1"), "-Only", "NoSuchThing");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("No comparison is called 'NoSuchThing'", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_PartWithoutAFolder_WritesNoFile()
    {
        var results = Path.Combine(Repository.Root, "benchmarks", "results");
        var before = Directory.GetFiles(results).Order();

        using var run = await HostRun.ToEndAsync(
            Path.Combine(Repository.Root, "benchmarks", "Scripts", "Compare.ps1"), "-Quick", "-Only", "TenBlocks");

        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Contains("| Ten blocks, warm default pool: ms | at most 1.00 |", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(".svg", run.Output, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(results).Order());
    }

    /// <summary>A figure is the median of its rounds, and no value is not a value of 0.</summary>
    [Fact]
    public async Task NewFigure_Values_Judged()
    {
        (string Figure, string Expected)[] cases =
        [
            ("New-Figure x @(3, 1, 2) -AtLeast 2", "at least 2.00|2.00 (1.00 – 3.00)|yes"),
            ("New-Figure x @(3, 1, 2) -AtLeast 2.01", "at least 2.01|2.00 (1.00 – 3.00)|no"),
            ("New-Figure x @(4, 1, 2, 3) -AtMost 2.5", "at most 2.50|2.50 (1.00 – 4.00)|yes"),
            ("New-Figure x @(3) -AtMost 2.99", "at most 2.99|3.00|no"),
            ("New-Figure x @(0) -AtLeast 1", "at least 1.00|0.00|no"),
            ("New-Figure x @() -AtMost 1 -Without 'no peer'", "at most 1.00|– (no peer)|not measured"),
            ("New-Figure x (Get-RateRatio $null $four) -AtLeast 0 -Without 'no peer'", "at least 0.00|– (no peer)|not measured"),
            ("New-Figure x (Get-RateRatio $four $two) -AtLeast 2.5", "at least 2.50|2.50 (2.00 – 3.00)|yes"),
            ("New-Figure x (Get-Growth $sizes 10) -AtMost 1.5", "at most 1.50|1.50|yes"),
        ];
        var support = Path.Combine(Repository.Root, "benchmarks", "Scripts", "Support");

        using var run = await HostRun.ScriptAsync($$"""
            foreach ($name in 'Numbers', 'Statistics', 'Figures') { . "{{support}}/$name.ps1" }
            $four = @{ Runs = @(@{ Rate = 4 }, @{ Rate = 9 }) }
            $two = @{ Runs = @(@{ Rate = 2 }, @{ Rate = 3 }) }
            $sizes = @{ X = 1; Seconds = 9 }, @{ X = 10; Seconds = 10 }, @{ X = 100; Seconds = 150 }, @{ X = 1000; Seconds = 1500 }
            $({{string.Join("; ", cases.Select(item => item.Figure))}}) | ForEach-Object { "$($_.Wanted)|$($_.Measured)|$($_.Reached)" }
            """);

        run.AssertNoErrors();
        Assert.Equal(cases.Select(item => item.Expected), run.Output.TrimEnd('\n').Split('\n'));
    }

    private static void CheckFigures(string page)
    {
        var rows = FigureRow().Matches(page);
        Assert.Collection(rows, [.. Figures.Select<(string Figure, bool NeedsPeer), Action<Match>>(expected => row =>
        {
            Assert.StartsWith(expected.Figure, row.Groups["figure"].Value, StringComparison.Ordinal);
            if (expected.NeedsPeer)
            {
                Assert.Equal("not measured", row.Groups["reached"].Value);
                Assert.Matches(@"^– \(.+\)$", row.Groups["measured"].Value);
            }
            else
            {
                Assert.Matches("^(yes|no)$", row.Groups["reached"].Value);
                Assert.Matches(@"^-?[\d.,]+$", row.Groups["measured"].Value);
            }
        })]);
    }

    /// <summary>One run for each contender in the page's tables, with a time and a rate that agree.</summary>
    private static void CheckRuns(string[] lines, string page)
    {
        Assert.Equal("comparison,contender,items,round,seconds,items_per_second,allocated_bytes_per_item,peak_mb_of_process", lines[0]);
        foreach (var line in lines.Skip(1))
        {
            var fields = CsvField().Matches(line).Select(match => match.Groups["quoted"].Success
                ? match.Groups["quoted"].Value.Replace("\"\"", "\"", StringComparison.Ordinal)
                : match.Value).ToArray();
            Assert.Equal(8, fields.Length);
            var numbers = fields[2..7].Select(field => double.Parse(field, CultureInfo.InvariantCulture)).ToArray();
            Assert.Equal(1, numbers[1]);
            Assert.Equal(numbers[0], numbers[2] * numbers[3], numbers[0] * 0.01);
            Assert.Contains($"## {fields[0]}\n", page, StringComparison.Ordinal);
            Assert.Contains($"\n| {fields[1].Replace("|", "\\|", StringComparison.Ordinal)} | ", page, StringComparison.Ordinal);
        }

        Assert.Equal(ContenderRow().Count(page), lines.Length - 1);
    }

    private static void CheckCharts(string page, string folder)
    {
        var named = ChartName().Matches(page).Select(match => match.Groups[1].Value);
        Assert.Equal(Directory.GetFiles(folder, "*.svg").Select(Path.GetFileName).Order(), named.Order());
        foreach (var (chart, shape) in (IEnumerable<(string, string)>)[("tiny-blocks", "rect"), ("growth-with-tasks", "polyline"), ("growth-with-loops", "polyline")])
        {
            var drawing = XDocument.Load(Assert.Single(Directory.GetFiles(folder, $"*-{chart}.svg")));
            Assert.Equal("svg", drawing.Root!.Name.LocalName);
            Assert.True(drawing.Descendants().Count(element => element.Name.LocalName == shape) >= 2, $"{chart} has no {shape}.");
            Assert.DoesNotContain(drawing.Descendants().Attributes(), attribute => attribute.Value.Contains("NaN", StringComparison.Ordinal));
        }
    }

    [GeneratedRegex(@"^\| (?<figure>[^|]+) \| at (?:least|most) [\d.,]+ \| (?<measured>[^|]+) \| (?<reached>[^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex FigureRow();

    [GeneratedRegex(@"^\| .* \| [\d,]+ \| [\d.,]+ \| [\d.,]+ \| [\d.,]+ – [\d.,]+ \| [\d.,]+ \|.*$", RegexOptions.Multiline)]
    private static partial Regex ContenderRow();

    [GeneratedRegex("""(?<=^|,)(?:"(?<quoted>(?:[^"]|"")*)"|[^,"]*)(?=,|$)""")]
    private static partial Regex CsvField();

    [GeneratedRegex(@"!\[[^]]+\]\(([^)]+)\)")]
    private static partial Regex ChartName();
}
