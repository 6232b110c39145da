using System.Collections.Concurrent;

namespace AsyncExecutors.Tests.Engine.RandomPrograms;

/// <summary>Runs one program, and compares what happened with what the model allows.</summary>
internal sealed partial class ProgramRun
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(3);

    private readonly RandomProgram _program;
    private readonly AsyncExecutor _executor;
    private readonly Workers _workers = new();
    private readonly TaskGroup _group;
    private readonly ConcurrentQueue<EventLoop> _loops = new();
    private readonly ConcurrentDictionary<EventLoop, bool> _broken = new();
    private readonly ConcurrentQueue<Tracked> _tracked = new();
    private readonly ConcurrentQueue<Task> _others = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private volatile bool _shutdownBegun;
    private volatile bool _shutdownReturned;

    private ProgramRun(RandomProgram program)
    {
        _program = program;
        var options = new EventLoopOptions
        {
            GracePeriod = program.IsPatient ? TimeSpan.FromDays(1) : TimeSpan.FromMilliseconds(1),
            HostFactory = () => new StubHost(Host),
        };
        _executor = program.PoolSize == 0 ? new DefaultBackgroundExecutor(options) : new EventLoopPoolExecutor(program.PoolSize, options);
        _group = new TaskGroup(_executor, program.MaxWorkers, _workers);
    }

    /// <summary>True when tasks may end without their code, which then goes on for a while.</summary>
    private bool CodeOutlivesTasks => !_program.IsPatient || _program.BreaksHosts;

    internal static void Check(RandomProgram program)
    {
        var run = new ProgramRun(program);
        run.Execute();
        run.Judge();
    }

    private void Execute()
    {
        var callers = _program.Threads.Select(steps => Waiting.OnThread(() => Array.ForEach(steps, Do))).ToArray();
        AllEnd(callers, "A thread of the program hangs");

        // Nothing waits for ever by itself, so all must end before anybody ends the executor; what tasks submit, too.
        int looked;
        do
        {
            looked = _tracked.Count;
            AllEnd([.. _others], "What a task or a thread began hangs");
            AllEnd([.. _tracked.Where(tracked => tracked.Task is not null).Select(tracked => Ended(tracked.Task!))], "A task has no end");
        }
        while (_tracked.Count != looked);
        AllEnd([Waiting.OnThread(() => _executor.Shutdown())], "Shutdown hangs");
    }

    /// <summary>Looks at once after the shutdown: nothing may come later than that but abandoned code.</summary>
    private void Judge()
    {
        foreach (var tracked in _tracked.Where(tracked => tracked.Task is not null))
        {
            var task = tracked.Task!;
            Expect(task.Future.IsCompleted, $"{task} has no end although the executor has");
            Expect(tracked.Told == (task is ProgramTask && tracked.Step.Route == Route.Add ? 1 : 0), $"{task} was told of {tracked.Told} times");
            if (Model.Fault(_program, tracked, task.Result!) is { } fault)
            {
                Expect(false, $"{tracked.Step} {fault}");
            }
        }

        Expect(_workers.Most <= _program.MaxWorkers, $"{_workers.Most} of the group had begun and not ended");
        foreach (var loop in _loops)
        {
            Expect(loop.Thread.Join(Waiting.Limit), $"The thread of {loop} did not end");
            Expect(loop.Completion.IsCompletedSuccessfully && loop.PendingCount == 0 && loop.QueuedCount == 0, $"{loop} did not end empty");
        }

        if (_executor is EventLoopPoolExecutor pool)
        {
            Expect(pool.Completion.IsCompletedSuccessfully && pool.EventLoops.Count == 0 && pool.PendingCount == 0, "The pool did not end empty");
            Expect(pool.AbandonedCount == 0, $"{pool.AbandonedCount} threads count as left behind");
        }

        foreach (var tracked in _tracked)
        {
            Expect(tracked.Task is not null || tracked.Told == 0, $"{tracked.Step} was told of and refused");
            var (begun, ended) = tracked.Code;
            Expect(begun <= 1 && (begun == ended || CodeOutlivesTasks), $"{tracked.Step}: the code was entered {begun} times and left {ended} times");
            Expect(begun == 0 || tracked.Step.Fate != Fate.StopBefore, $"{tracked.Step}: the code ran");
        }

        Assert.True(_faults.IsEmpty, string.Join(Environment.NewLine, _faults));
    }

    private void Host(EventLoop loop, Func<bool> pump)
    {
        _loops.Enqueue(loop);
        while (!pump())
        {
            if (_broken.ContainsKey(loop))
            {
                throw new DivideByZeroException("random");
            }
        }
    }

    private void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            _faults.Enqueue(otherwise);
        }
    }

    private void AllEnd(Task[] tasks, string otherwise)
    {
        try
        {
            if (!Task.WaitAll(tasks, Waiting.Limit))
            {
                Assert.Fail($"{otherwise}. {string.Join(Environment.NewLine, _tracked.Select(tracked => $"{tracked.Step}: {tracked.Task}"))}");
            }
        }
        catch (AggregateException failures)
        {
            _faults.Enqueue(failures.ToString());
        }
    }

    private static Task Ended(TaskInfo task) => task.Future.ContinueWith(
        static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
