using BenchmarkDotNet.Attributes;

namespace AsyncExecutors.Benchmarks;

/// <summary>
/// Only hands a batch over: what the call costs its caller, while what was handed over runs on other threads. These are waited for after the
/// clock has stopped. <see cref="SubmitBenchmarks"/> has the whole cost of a task.
/// </summary>
/// <remarks>In several processes, as there.</remarks>
[MemoryDiagnoser]
[ProcessCount(5)]
[InvocationCount(1)]
[WarmupCount(20)]
[IterationCount(41)]
public class SubmitCallBenchmarks
{
    private const int Batch = 10_000;

    private readonly Task[] _tasks = new Task[Batch];
    private EventLoopPoolExecutor _pool = null!;
    private DefaultBackgroundExecutor _background = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _pool = new EventLoopPoolExecutor(Environment.ProcessorCount);
        _background = new DefaultBackgroundExecutor();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _pool.Dispose();
        _background.Dispose();
    }

    [IterationCleanup]
    public void WaitForAll() => Task.WaitAll(_tasks);

    [Benchmark(Baseline = true, OperationsPerInvoke = Batch)]
    public void TaskRun()
    {
        for (var i = 0; i < _tasks.Length; i++)
        {
            _tasks[i] = Task.Run(static () => Task.FromResult(1));
        }
    }

    /// <summary>A function that returns the value itself, which no executor takes.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public void TaskRunWithoutCoroutine()
    {
        for (var i = 0; i < _tasks.Length; i++)
        {
            _tasks[i] = Task.Run(static () => 1);
        }
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void PoolSubmit() => Submit(_pool);

    [Benchmark(OperationsPerInvoke = Batch)]
    public void BackgroundSubmit() => Submit(_background);

    private void Submit(AsyncExecutor executor)
    {
        for (var i = 0; i < _tasks.Length; i++)
        {
            _tasks[i] = executor.Submit(static _ => Task.FromResult(1)).Future;
        }
    }
}
