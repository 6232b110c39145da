namespace AsyncExecutors.Tests.Engine.RandomPrograms;

/// <content>What the program's threads do.</content>
internal sealed partial class ProgramRun
{
    private void Do(Step step)
    {
        switch (step.Route)
        {
            case Route.Submit:
                Submit(step);
                break;
            case Route.SubmitOwnType:
                Give(step, _executor.Submit, null);
                break;
            case Route.Add:
                Give(step, _group.Add, _workers);
                break;
            case Route.Run:
                Run(step);
                break;
            case Route.RunMultiple:
                RunMultiple(step);
                break;
            default:
                Do(step.Control);
                break;
        }
    }

    private void Do(Control control)
    {
        var ends = control >= Control.Shutdown;
        _shutdownBegun |= ends;
        switch (control)
        {
            case Control.StopPending:
                _executor.StopPending();
                break;
            case Control.StopGroup:
                _group.Stop();
                break;
            case Control.AllowLoops:
                (_executor as EventLoopPoolExecutor)?.AllowLoops(4);
                break;
            case Control.Shutdown:
                _executor.Shutdown();
                ExpectAllEnded();
                break;
            case Control.ShutdownWithoutWait:
                _executor.Shutdown(wait: false);
                break;
            case Control.Dispose:
                _executor.Dispose();
                break;
            default:
                _others.Enqueue(_executor.DisposeAsync().AsTask());
                break;
        }

        _shutdownReturned |= ends;
    }

    /// <summary>
    /// Who has waited for the executor finds its tasks ended, and told of. (Those of the group that never began may be
    /// on their way to an end elsewhere.)
    /// </summary>
    private void ExpectAllEnded()
    {
        if (EventLoop.Current is not null)
        {
            // The call did not wait.
            return;
        }

        foreach (var tracked in _tracked)
        {
            if (tracked.Task is { } task && (tracked.Step.Route != Route.Add || task.Result?.StartedAt is not null))
            {
                Expect(task.Future.IsCompleted, $"{tracked.Step} had no end when the executor had");
                Expect(tracked.Step.Route != Route.Add || tracked.Told == 1, $"{tracked.Step} was not told of when the executor had ended");
            }
        }
    }

    private void Submit(Step step)
    {
        var tracked = Track(step);
        var source = new CancellationTokenSource();
        if (step.Fate == Fate.StopBefore)
        {
            source.Cancel();
        }

        if (!Accepts(() => tracked.Task = _executor.Submit(Code(tracked), Options(step), source.Token)))
        {
            return;
        }

        if (step.Fate == Fate.Stop)
        {
            source.Cancel();
        }
        else if (step.Fate == Fate.StopSoon)
        {
            source.CancelAfter(TimeSpan.FromMilliseconds(1));
        }
    }

    private void Give(Step step, Action<TaskInfo> give, Workers? workers)
    {
        var tracked = Track(step);
        var task = new ProgramTask(tracked, Options(step), Code(tracked), workers);
        if (step.Fate == Fate.StopBefore)
        {
            Expect(task.Stop(), "A new task cannot be stopped");
        }

        if (!Accepts(() => give(task), mayBeTaken: workers is not null))
        {
            return;
        }

        tracked.Task = task;
        if (step.Fate == Fate.Stop)
        {
            tracked.Stop();
        }
        else if (step.Fate == Fate.StopSoon)
        {
            _others.Enqueue(Task.Run(tracked.Stop));
        }
    }

    /// <summary>Blocks this thread for a task, or one of the program's tasks.</summary>
    private void Run(Step step)
    {
        var tracked = Track(step);
        using var source = new CancellationTokenSource();
        switch (step.Fate)
        {
            case Fate.StopBefore:
                source.Cancel();
                break;
            case Fate.Stop or Fate.StopSoon:
                source.CancelAfter(TimeSpan.FromMilliseconds(1));
                break;
            default:
                break;
        }

        try
        {
            Accepts(() => Expect(_executor.Run(Code(tracked), source.Token) == 1, "Run returned something else"));
        }
        catch (Exception exception) when (!IsRefusal(exception))
        {
            Expect(IsExpected(exception, step), $"{step}: {exception}");
        }
    }

    private void RunMultiple(Step step)
    {
        try
        {
            Accepts(() => Enumerate(step, _executor.RunMultiple(Several(step), _program.MaxWorkers)), mayBeTaken: step.Number == 0);
        }
        catch (Exception exception) when (!IsRefusal(exception))
        {
            Expect(false, $"{step}: {exception}");
        }
    }

    private void Enumerate(Step step, IEnumerable<TaskResult> results)
    {
        var left = step.Number;
        var leaves = step.Fate == Fate.Leave;
        List<int> seen = [];
        foreach (var result in results)
        {
            seen.Add(result.Index);
            if (leaves && --left <= 0)
            {
                break;
            }
        }

        Expect(leaves || seen.Order().SequenceEqual(Enumerable.Range(0, step.Number)), $"{step} had the results {string.Join(", ", seen)}");
    }

    /// <summary>Tasks for one call, which count how many of them run at the same time.</summary>
    private IEnumerable<Func<CancellationToken, Task<int>>> Several(Step step)
    {
        var running = 0;
        for (var i = 0; i < step.Number; i++)
        {
            var tracked = Track(step with { Work = (Work)(((int)step.Work + i) % (int)Work.RunNested), Fate = Fate.Leave });
            var code = Code(tracked);
            yield return async token =>
            {
                var now = Interlocked.Increment(ref running);
                Expect(now <= _program.MaxWorkers || CodeOutlivesTasks, $"{step}: {now} ran at the same time");
                try
                {
                    return await code(token);
                }
                finally
                {
                    Interlocked.Decrement(ref running);
                }
            };
        }
    }

    /// <summary>Does it, and says whether it was not refused; that it may be only once the executor is being ended.</summary>
    private bool Accepts(Action act, bool mayBeTaken = false)
    {
        // Of the tasks of a group only the first is refused; the others are stopped.
        var mustRefuse = _shutdownReturned && !mayBeTaken;
        try
        {
            act();
            Expect(!mustRefuse, "A task was taken after the shutdown");
            return true;
        }
        catch (ObjectDisposedException)
        {
            Expect(_shutdownBegun, "A task was refused");
            return false;
        }
    }

    private bool IsExpected(Exception exception, Step step) => exception switch
    {
        FormatException => step.Work is Work.Throw or Work.ThrowLater,
        OperationCanceledException => step.Work is Work.ThrowCancelled || _program.StopsAll || step.Fate is Fate.Stop or Fate.StopBefore or Fate.StopSoon,
        InvalidOperationException => _program.BreaksHosts && exception.InnerException is DivideByZeroException,
        _ => false,
    };

    /// <summary>The only loop's thread may not block for itself.</summary>
    private bool IsRefusal(Exception exception) =>
        _program.PoolSize == 0 && exception is InvalidOperationException { InnerException: null } and not ObjectDisposedException;

    private Tracked Track(Step step)
    {
        var tracked = new Tracked(step);
        _tracked.Enqueue(tracked);
        return tracked;
    }

    private static TaskOptions Options(Step step) => new()
    {
        Timeout = step.Fate == Fate.Timeout ? TimeSpan.FromMilliseconds(1 + step.Number) : Timeout.InfiniteTimeSpan,
    };
}
