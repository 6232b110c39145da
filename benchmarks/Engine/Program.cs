using AsyncExecutors.Benchmarks;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using Perfolizer.Horology;

// Short, so that all of it takes minutes: what is compared differs by more than the last percent.
var job = Job.Default.WithWarmupCount(3).WithIterationCount(9).WithIterationTime(TimeInterval.FromMilliseconds(250));
var config = DefaultConfig.Instance.AddJob(job.AsDefault());

// All, unless arguments say which: PowerShell would take '*' for the files of the current folder.
var which = args.Contains("--filter") ? args : [.. args, "--filter", "*"];
var summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(which, config).ToArray();
foreach (var line in Figures.Table(summaries))
{
    Console.WriteLine(line);
}

return summaries.Length > 0 && summaries.All(static summary => summary.Reports.All(static report => report.Success)) ? 0 : 1;
