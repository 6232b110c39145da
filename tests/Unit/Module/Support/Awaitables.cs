using System.Runtime.CompilerServices;

namespace AsyncExecutors.Tests.Module;

/// <summary>Awaitable things that end when a gate of a probe opens, or that have ended, for scripts.</summary>
public static class Awaitables
{
    public static Task<string> After(Probe probe, string gate, string value) =>
        Task.Run(
            () =>
            {
                probe.Wait(gate);
                return value;
            });

    /// <summary>A task without a result, by its type too.</summary>
    public static async Task Void() => await Task.Yield();

    public static ValueTask VoidValueTask() => new(Void());

    public static async ValueTask<int> ValueTask(int value)
    {
        await Task.Yield();
        return value;
    }

    public static async Task<int> Failing(string message)
    {
        await Task.Yield();
        throw new InvalidDataException(message);
    }

    public static Task FailingTwice() => Task.WhenAll(Failing("first"), Failing("second"));

    public static Task<int> Cancelled() => Task.FromCanceled<int>(new CancellationToken(canceled: true));

    public static Task<int> Never() => new TaskCompletionSource<int>().Task;

    public static Custom CustomAwaitable(int value) => new(value);

    public static async Task EnterAndLeave(Probe probe)
    {
        ArgumentNullException.ThrowIfNull(probe);
        probe.Enter();
        await Task.Delay(2);
        probe.Leave();
    }

    public static Task Meet(Probe probe, int count)
    {
        ArgumentNullException.ThrowIfNull(probe);
        probe.Hit("met");
        return Task.Factory.StartNew(() => probe.WaitForHits("met", count), TaskCreationOptions.LongRunning);
    }

    /// <summary>Not a task, but C# can await it.</summary>
    public sealed class Custom(int value)
    {
        public Awaiter GetAwaiter() => new(value);
    }

    public sealed class Awaiter(int value) : INotifyCompletion
    {
        public bool IsCompleted => false;

        public int GetResult() => value;

        public void OnCompleted(Action continuation) => ThreadPool.QueueUserWorkItem(_ => continuation());
    }
}
