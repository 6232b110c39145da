using CsCheck;

namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>Random programs of several threads: whatever they do, every task has one end, and nothing hangs.</summary>
public sealed class RandomProgramTests
{
    private enum Code
    {
        Return,
        Yield,
        Throw,
        AwaitUntilStopped,
        BlockUntilStopped,
        RunNested,
    }

    private enum Fate
    {
        Leave,
        Stop,
        CancelToken,
        ShortTimeout,
    }

    private enum End
    {
        Shutdown,
        ShutdownWithoutWait,
        Dispose,
    }

    private static readonly Gen<Step[]> Steps =
        Gen.Select(Gen.Enum<Code>(), Gen.Enum<Fate>(), (code, fate) => new Step(code, fate)).Array[0, 12];

    private static readonly Gen<Program> Programs =
        Gen.Select(Steps.Array[1, 4], Gen.Int[1, 3], Gen.Enum<End>(), Gen.Int[0, 12], (threads, size, end, after) => new Program(threads, size, end, after));

    [Fact]
    public void Program_AnyOnAPool_EveryTaskEndsOnce() =>
        Programs.Sample(program => Execute(program, new EventLoopPoolExecutor(program.PoolSize)), iter: 300, threads: 1);

    [Fact]
    public void Program_AnyOnABackgroundExecutor_EveryTaskEndsOnce() =>
        Programs.Sample(program => Execute(program, new DefaultBackgroundExecutor()), iter: 300, threads: 1);

    [Fact]
    public void Group_AnyMix_LimitHoldsAndEveryTaskIsToldOfOnce() =>
        Gen.Select(Steps, Gen.Int[1, 4], Gen.Int[0, 12]).Sample(
            (steps, workers, stopAfter) =>
            {
                using var pool = new EventLoopPoolExecutor(2);
                var observer = new RecordingObserver(steps.Length);
                var group = new TaskGroup(pool, workers, observer);
                var running = 0;
                var most = 0;
                for (var i = 0; i < steps.Length; i++)
                {
                    if (i == stopAfter)
                    {
                        group.Stop();
                    }

                    group.Add(new StubTask<int>(async () =>
                    {
                        lock (observer)
                        {
                            most = Math.Max(most, ++running);
                        }

                        await Task.Yield();
                        lock (observer)
                        {
                            running--;
                        }
                    }));
                }

                Assert.True(steps.Length == 0 || observer.All.Wait(Waiting.Limit), "The group lost a task.");
                Assert.Equal(Enumerable.Range(0, steps.Length), observer.Results.Select(result => result.Index).Order());
                Assert.InRange(most, 0, workers);
            },
            iter: 300,
            threads: 1);

    private static void Execute(Program program, IAsyncExecutor executor)
    {
        var submitted = 0;
        var callers = program.Threads.Select(steps => Waiting.OnThread(() =>
        {
            var tasks = new List<TaskInfo<int>>();
            foreach (var step in steps)
            {
                try
                {
                    tasks.Add(Submit(executor, step));
                }
                catch (ObjectDisposedException)
                {
                    break;
                }

                if (Interlocked.Increment(ref submitted) == program.EndAfter)
                {
                    Finish(executor, program.End);
                }
            }

            return tasks;
        })).ToArray();
        Assert.True(Task.WaitAll(callers, Waiting.Limit), $"A submitter hangs: {program}");
        var all = callers.SelectMany(caller => caller.Result).ToArray();
        foreach (var task in all.Where(task => !task.Future.IsCompleted))
        {
            // What waits until it is stopped, and was not.
            task.Stop();
        }

        Assert.True(Waiting.OnThread(() => executor.Shutdown()).Wait(Waiting.Limit), $"Shutdown hangs: {program}");
        Assert.All(all, task => Assert.True(task.Result is not null && task.Future.IsCompleted, $"{task} has no end: {program}"));

        Assert.Equal(0, (executor as EventLoopPoolExecutor)?.PendingCount ?? 0);
    }

    private static void Finish(IAsyncExecutor executor, End end)
    {
        if (end == End.Dispose)
        {
            executor.Dispose();
        }
        else
        {
            // Never waits for tasks that only a stop ends: those that wait for it are stopped afterwards.
            executor.Shutdown(wait: false);
        }
    }

    private static TaskInfo<int> Submit(IAsyncExecutor executor, Step step)
    {
        using var source = new CancellationTokenSource();
        var options = new TaskOptions { Timeout = step.Fate == Fate.ShortTimeout ? TimeSpan.FromMilliseconds(2) : Timeout.InfiniteTimeSpan };
        var task = executor.Submit(CoroutineOf(executor, step.Code), options, source.Token);
        switch (step.Fate)
        {
            case Fate.Stop:
                task.Stop();
                break;
            case Fate.CancelToken:
                source.Cancel();
                break;
            default:
                break;
        }

        return task;
    }

    private static Func<CancellationToken, Task<int>> CoroutineOf(IAsyncExecutor executor, Code code) => async token =>
    {
        switch (code)
        {
            case Code.Yield:
                await Task.Yield();
                break;
            case Code.Throw:
                throw new FormatException("random");
            case Code.AwaitUntilStopped:
                await Task.Delay(Timeout.Infinite, token);
                break;
            case Code.BlockUntilStopped:
                token.WaitHandle.WaitOne();
                break;
            case Code.RunNested:
                return executor.Run(Coroutines.Returning(1), token);
            default:
                break;
        }

        return 1;
    };

    private sealed record Step(Code Code, Fate Fate);

    private sealed record Program(Step[][] Threads, int PoolSize, End End, int EndAfter)
    {
        public override string ToString() =>
            $"pool of {PoolSize}, {End} after {EndAfter}: {string.Join(" | ", Threads.Select(steps => string.Join(", ", steps.AsEnumerable())))}";
    }
}
