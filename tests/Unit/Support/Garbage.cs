using System.Collections.Concurrent;

namespace AsyncExecutors.Tests;

/// <summary>What only a collection of garbage shows.</summary>
internal static class Garbage
{
    /// <summary>Waits until nothing keeps the object; a loop forgets what it ran when it has nothing to do.</summary>
    /// <returns>False when something keeps it.</returns>
    internal static bool Collects(WeakReference reference) => SpinWait.SpinUntil(
        () =>
        {
            Collect();
            return !reference.IsAlive;
        },
        Waiting.Limit);

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    /// <summary>True when a task with this exception, made by the call, goes unobserved. The call keeps none of its objects.</summary>
    internal static async Task<bool> LeavesUnobserved(Exception exception, Action call)
    {
        var seen = new ConcurrentQueue<Exception>();
        EventHandler<UnobservedTaskExceptionEventArgs> note = (_, args) => seen.Enqueue(args.Exception);
        TaskScheduler.UnobservedTaskException += note;
        try
        {
            await Waiting.OnThread(call).Within();
            Collect();
            Collect();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= note;
        }

        return seen.OfType<AggregateException>().Any(all => all.InnerExceptions.Contains(exception));
    }
}
