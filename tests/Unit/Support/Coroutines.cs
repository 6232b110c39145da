namespace AsyncExecutors.Tests;

/// <summary>The tasks that many tests need.</summary>
internal static class Coroutines
{
    internal static Func<CancellationToken, Task<T>> Returning<T>(T value) => _ => Task.FromResult(value);

    /// <summary>Opens the first signal, then holds its loop's thread until the second is open.</summary>
    internal static Func<CancellationToken, Task<bool>> Blocking(Signal entered, Signal gate) => _ =>
    {
        entered.Open();
        gate.Wait();
        return Task.FromResult(true);
    };

    /// <summary>Waits without holding the thread, and ends early when it is cancelled.</summary>
    internal static Func<CancellationToken, Task<bool>> Awaiting(Signal entered, Task gate) => async token =>
    {
        entered.Open();
        await gate.WaitAsync(token);
        return true;
    };

    /// <summary>Waits without holding the thread, and does not care for cancellation.</summary>
    internal static Func<CancellationToken, Task<bool>> AwaitingDeafly(Signal entered, Task gate) => async _ =>
    {
        entered.Open();
        await gate;
        return true;
    };
}
