using System.Globalization;
using BenchmarkDotNet.Reports;

namespace AsyncExecutors.Benchmarks;

/// <summary>The figures wanted of the engine, and whether they are reached.</summary>
internal static class Figures
{
    /// <summary>A Markdown table; only of what was measured.</summary>
    internal static IEnumerable<string> Table(IReadOnlyCollection<Summary> summaries)
    {
        var reports = summaries.SelectMany(static summary => summary.Reports).Where(static report => report.ResultStatistics is not null).ToArray();
        string?[] rows =
        [
            AtLeast("Submit, synchronous work: rate to Task.Run", 1.5, Ratio(reports, Submit("TaskRun", yields: false), Submit("PoolSubmit", yields: false))),
            AtLeast("Submit, work that yields once: rate to Task.Run", 1.0, Ratio(reports, Submit("TaskRun", yields: true), Submit("PoolSubmit", yields: true))),
            AtLeast("Submit, synchronous work: rate to AsyncContextThread", 2, Ratio(reports, Submit("NitoContextThread", yields: false), Submit("PoolSubmit", yields: false))),
            AtLeast("Submit, work that yields once: rate to AsyncContextThread", 4, Ratio(reports, Submit("NitoContextThread", yields: true), Submit("PoolSubmit", yields: true))),
            AtLeast("Submit, the call alone: rate to Task.Run", 1.0, Ratio(reports, "SubmitCallBenchmarks.TaskRun", "SubmitCallBenchmarks.PoolSubmit")),
            AtMost("Run: time to a Channel's hand-off and back", 1.5, Ratio(reports, "RunBenchmarks.BackgroundRun", "RunBenchmarks.ChannelHandOff")),
            AtMost("Growth with tasks: greatest growth of a task's cost to the next number, from 1,000, on any number of loops", 1.2, GrowthWithTasks(reports)),
            AtMost("Growth with tasks: from 1,000 to 1,000,000, to that of Task.Run; median of all numbers of loops", 1.2, GrowthToTaskRun(reports)),
            AtMost("Growth with loops: 100,000 tasks on 256 loops, time to that on 2", 128, Ratio(reports, Growth(256, 100_000), Growth(2, 100_000))),
        ];
        return ["", "| figure | wanted | measured | reached |", "|---|---:|---:|---|", .. rows.OfType<string>()];
    }

    private static string Submit(string method, bool yields) => $"SubmitBenchmarks.{method} [Yields={yields}]";

    private static string Growth(int loops, int tasks) => $"GrowthBenchmarks.Submit [Loops={loops}, Tasks={tasks}]";

    private static string Name(BenchmarkReport report)
    {
        var parameters = string.Join(", ", report.BenchmarkCase.Parameters.Items.Select(static item => $"{item.Name}={item.Value}"));
        var method = report.BenchmarkCase.Descriptor;
        return $"{method.Type.Name}.{method.WorkloadMethod.Name}{(parameters.Length > 0 ? $" [{parameters}]" : "")}";
    }

    private static double? Ratio(BenchmarkReport[] reports, string first, string second) => Median(reports, first) / Median(reports, second);

    private static double? Median(BenchmarkReport[] reports, string name) =>
        reports.FirstOrDefault(report => Name(report) == name)?.ResultStatistics?.Median;

    private static double? GrowthWithTasks(BenchmarkReport[] reports)
    {
        var steps =
            from loops in GrowthBenchmarks.LoopCounts
            let costs = GrowthBenchmarks.TaskCounts.Where(static tasks => tasks >= 1000).Select(tasks => Median(reports, Growth(loops, tasks)) / tasks).ToArray()
            from step in costs.Zip(costs.Skip(1), static (smaller, larger) => larger / smaller)
            select step;
        return steps.Max();
    }

    private static double? GrowthToTaskRun(BenchmarkReport[] reports)
    {
        const int Few = 1000;
        const int Many = 1_000_000;
        var taskRun = Ratio(reports, TaskRun(Many), TaskRun(Few));
        var ours = GrowthBenchmarks.LoopCounts.Select(loops => Ratio(reports, Growth(loops, Many), Growth(loops, Few)) / taskRun).Order().ToArray();
        return ours[ours.Length / 2];

        static string TaskRun(int tasks) => $"TaskRunGrowthBenchmarks.Run [Tasks={tasks}]";
    }

    private static string? AtLeast(string figure, double wanted, double? measured) =>
        Row(figure, $"at least {Text(wanted)}", measured, measured >= wanted);

    private static string? AtMost(string figure, double wanted, double? measured) =>
        Row(figure, $"at most {Text(wanted)}", measured, measured <= wanted);

    private static string? Row(string figure, string wanted, double? measured, bool reached) =>
        measured is { } value ? $"| {figure} | {wanted} | {Text(value)} | {(reached ? "yes" : "no")} |" : null;

    private static string Text(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
