using BenchmarkDotNet.Attributes;

namespace AsyncExecutors.Benchmarks;

/// <summary>How the cost grows with the number of loops and of tasks. Times are of all tasks together.</summary>
/// <remarks>Fewer iterations than the others have: a million tasks on 256 loops take seconds.</remarks>
[MemoryDiagnoser]
[WarmupCount(2)]
[IterationCount(5)]
public class GrowthBenchmarks
{
    private Task<int>[] _tasks = [];
    private EventLoopPoolExecutor _pool = null!;

    public static IEnumerable<int> LoopCounts => [1, 2, 4, 8, 16, 64, 256];

    public static IEnumerable<int> TaskCounts => [10, 1_000, 100_000, 1_000_000];

    [ParamsSource(nameof(LoopCounts))]
    public int Loops { get; set; }

    [ParamsSource(nameof(TaskCounts))]
    public int Tasks { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _tasks = new Task<int>[Tasks];
        _pool = new EventLoopPoolExecutor(Loops);
    }

    [GlobalCleanup]
    public void CleanUp() => _pool.Dispose();

    [Benchmark]
    public Task Submit()
    {
        for (var i = 0; i < _tasks.Length; i++)
        {
            _tasks[i] = _pool.Submit(static _ => Task.FromResult(1)).Future;
        }

        return Task.WhenAll(_tasks);
    }
}
