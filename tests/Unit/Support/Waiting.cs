using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace AsyncExecutors.Tests;

/// <summary>Waits that end: generous, and loud when they fail.</summary>
internal static class Waiting
{
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    internal static async Task<T> Within<T>(this Task<T> task, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        await ((Task)task).Within(what);
        return await task;
    }

    internal static async Task Within(this Task task, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        // Not WaitAsync: its own TimeoutException could be taken for the task's.
        if (await Task.WhenAny(task, Task.Delay(Limit)) != task)
        {
            Assert.Fail($"{what} did not end within {Limit}.");
        }

        await task;
    }

    /// <summary>Waits for the end of a task, whatever it is.</summary>
    internal static async Task<TaskResult> ResultWithin(this TaskInfo task)
    {
        if (await Task.WhenAny(task.Future, Task.Delay(Limit)) != task.Future)
        {
            Assert.Fail($"{task} did not end within {Limit}.");
        }

        return task.Result!;
    }

    internal static void EndsWithin(this Thread thread) =>
        Assert.True(thread.Join(Limit), $"Thread {thread.Name} did not end within {Limit}.");

    /// <summary>Waits until the thread waits for good: one look may find it in some lock on its way there.</summary>
    internal static async Task SleepsWithin(this Thread thread)
    {
        var since = Stopwatch.StartNew();
        for (var looks = 0; looks < 30; looks = (thread.ThreadState & System.Threading.ThreadState.WaitSleepJoin) != 0 ? looks + 1 : 0)
        {
            Assert.True(since.Elapsed < Limit, $"{thread.Name} did not go to sleep within {Limit}.");
            await Task.Delay(1);
        }
    }

    /// <summary>Runs a blocking call on a thread of its own, so that one that hangs fails a test and not the run.</summary>
    internal static Task<T> OnThread<T>(Func<T> call)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                done.SetResult(call());
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        })
        { IsBackground = true, Name = "test caller" }.Start();
        return done.Task;
    }

    internal static Task OnThread(Action call) => OnThread<object?>(() =>
    {
        call();
        return null;
    });
}
