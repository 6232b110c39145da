using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using Nito.AsyncEx;

namespace AsyncExecutors.Benchmarks;

/// <summary>One item there and back: a caller that blocks until another thread has done it.</summary>
[MemoryDiagnoser]
public class RunBenchmarks
{
    private readonly Channel<TaskCompletionSource<int>> _channel =
        Channel.CreateUnbounded<TaskCompletionSource<int>>(new UnboundedChannelOptions { SingleReader = true });

    private DefaultBackgroundExecutor _background = null!;
    private AsyncContextThread _nito = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _background = new DefaultBackgroundExecutor();
        _nito = new AsyncContextThread();
        _ = Task.Run(async () =>
        {
            await foreach (var item in _channel.Reader.ReadAllAsync())
            {
                item.SetResult(1);
            }
        });
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _background.Dispose();
        _nito.Dispose();
        _channel.Writer.Complete();
    }

    [Benchmark(Baseline = true)]
    public int ChannelHandOff()
    {
        var item = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _channel.Writer.TryWrite(item);
        return item.Task.GetAwaiter().GetResult();
    }

    [Benchmark]
    public int BackgroundRun() => _background.Run(static _ => Task.FromResult(1));

    [Benchmark]
    public int NitoContextThread() => _nito.Factory.Run(static () => Task.FromResult(1)).GetAwaiter().GetResult();
}
