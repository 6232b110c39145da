using BenchmarkDotNet.Attributes;

namespace AsyncExecutors.Benchmarks;

/// <summary>
/// As <see cref="GrowthBenchmarks"/>, with <c>Task.Run</c>: how far the cost of a task grows with the number of tasks because all of them exist at once, which
/// the garbage collector has to look through, whoever runs them.
/// </summary>
[MemoryDiagnoser]
[WarmupCount(2)]
[IterationCount(5)]
public class TaskRunGrowthBenchmarks
{
    private Task<int>[] _tasks = [];

    public static IEnumerable<int> TaskCounts => GrowthBenchmarks.TaskCounts;

    [ParamsSource(nameof(TaskCounts))]
    public int Tasks { get; set; }

    [GlobalSetup]
    public void SetUp() => _tasks = new Task<int>[Tasks];

    [Benchmark]
    public Task Run()
    {
        for (var i = 0; i < _tasks.Length; i++)
        {
            _tasks[i] = Task.Run(static () => Task.FromResult(1));
        }

        return Task.WhenAll(_tasks);
    }
}
