namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>Both ways to run many tasks, for tests of what holds for both.</summary>
public abstract partial class AsyncExecutorCases
{
    private static void InterlockedMax(ref int target, int value)
    {
        int now;
        while ((now = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, now) != now)
        {
        }
    }

    private static async Task<List<TaskResult>> All<T>(
        IAsyncExecutor executor, bool isAsync, IEnumerable<Func<CancellationToken, Task<T>>> tasks, int maxWorkers = 10, TimeSpan? timeout = null)
    {
        var results = new List<TaskResult>();
        await Each(executor, isAsync, tasks, maxWorkers, timeout, default, results.Add);
        return results;
    }

    /// <summary>Without a time limit: that would stop what leaving is to stop.</summary>
    private static async Task<TaskResult> First<T>(IAsyncExecutor executor, bool isAsync, IEnumerable<Func<CancellationToken, Task<T>>> tasks)
    {
        if (!isAsync)
        {
            return await Waiting.OnThread(() => executor.RunMultiple(tasks, timeout: Timeout.InfiniteTimeSpan).First()).Within();
        }

        return await executor.RunMultipleAsync(tasks, timeout: Timeout.InfiniteTimeSpan).FirstAsync().AsTask().Within();
    }

    private static Task Each<T>(
        IAsyncExecutor executor,
        bool isAsync,
        IEnumerable<Func<CancellationToken, Task<T>>> tasks,
        int maxWorkers,
        TimeSpan? timeout,
        CancellationToken token,
        Action<TaskResult> action)
    {
        return (isAsync ? EachAsync() : Waiting.OnThread(() =>
        {
            foreach (var result in executor.RunMultiple(tasks, maxWorkers, timeout, token))
            {
                action(result);
            }
        })).Within();

        async Task EachAsync()
        {
            await foreach (var result in executor.RunMultipleAsync(tasks, maxWorkers, timeout, token))
            {
                action(result);
            }
        }
    }
}
