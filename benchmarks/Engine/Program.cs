using BenchmarkDotNet.Running;

// All, unless arguments say which: PowerShell would take '*' for the files of the current folder.
var summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args.Length == 0 ? ["--filter", "*"] : args);
return summaries.Any(static summary => summary.Reports.Length > 0) ? 0 : 1;
