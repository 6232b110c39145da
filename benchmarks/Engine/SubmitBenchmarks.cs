using BenchmarkDotNet.Attributes;
using Nito.AsyncEx;

namespace AsyncExecutors.Benchmarks;

/// <summary>Hands over a batch, then awaits all of it: the cost of one task, from its submission to its end.</summary>
/// <remarks>
/// All get the same coroutine, since that is what an executor takes. For work that is synchronous Task.Run has a shorter way,
/// a function that returns the value itself: <see cref="TaskRunWithoutCoroutine"/>. In several processes, because three threads
/// share two cores in one of several ways, which a process finds and keeps to.
/// </remarks>
[MemoryDiagnoser]
[ProcessCount(5)]
[IterationCount(5)]
public class SubmitBenchmarks
{
    private const int Batch = 10_000;

    private readonly Task<int>[] _tasks = new Task<int>[Batch];
    private EventLoopPoolExecutor _pool = null!;
    private DefaultBackgroundExecutor _background = null!;
    private AsyncContextThread _nito = null!;

    /// <summary>True: each task suspends once.</summary>
    [Params(false, true)]
    public bool Yields { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _pool = new EventLoopPoolExecutor(Environment.ProcessorCount);
        _background = new DefaultBackgroundExecutor();
        _nito = new AsyncContextThread();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _pool.Dispose();
        _background.Dispose();
        _nito.Dispose();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Batch)]
    public Task TaskRun()
    {
        Func<Task<int>> function = Yields ? static () => YieldAsync(default) : static () => Return(default);
        for (var i = 0; i < _tasks.Length; i++)
        {
            _tasks[i] = Task.Run(function);
        }

        return Task.WhenAll(_tasks);
    }

    /// <summary>The value itself where the work is synchronous; where it yields, no different from <see cref="TaskRun"/>.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public Task TaskRunWithoutCoroutine()
    {
        if (Yields)
        {
            return TaskRun();
        }

        for (var i = 0; i < _tasks.Length; i++)
        {
            _tasks[i] = Task.Run(static () => 1);
        }

        return Task.WhenAll(_tasks);
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public Task PoolSubmit() => Submit(_pool);

    [Benchmark(OperationsPerInvoke = Batch)]
    public Task BackgroundSubmit() => Submit(_background);

    [Benchmark(OperationsPerInvoke = Batch)]
    public Task NitoContextThread()
    {
        Func<Task<int>> function = Yields ? static () => YieldAsync(default) : static () => Return(default);
        for (var i = 0; i < _tasks.Length; i++)
        {
            _tasks[i] = _nito.Factory.Run(function);
        }

        return Task.WhenAll(_tasks);
    }

    private Task Submit(AsyncExecutor executor)
    {
        Func<CancellationToken, Task<int>> coroutine = Yields ? YieldAsync : Return;
        for (var i = 0; i < _tasks.Length; i++)
        {
            _tasks[i] = executor.Submit(coroutine).Future;
        }

        return Task.WhenAll(_tasks);
    }

    private static Task<int> Return(CancellationToken cancellationToken) => Task.FromResult(1);

    private static async Task<int> YieldAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        return 1;
    }
}
