namespace AsyncExecutors.Tests.Engine.RandomPrograms;

/// <content>What the program's tasks do.</content>
internal sealed partial class ProgramRun
{
    private Func<CancellationToken, Task<int>> Code(Tracked tracked) => async token =>
    {
        tracked.CodeBegins();
        try
        {
            await Do(tracked, token);
            return 1;
        }
        finally
        {
            tracked.CodeEnds();
        }
    };

    private async Task Do(Tracked tracked, CancellationToken token)
    {
        var step = tracked.Step;
        var moment = step.IsStoppedForSure ? Timeout.InfiniteTimeSpan : Moment;
        switch (step.Work)
        {
            case Work.Yield:
                await Task.Yield();
                break;
            case Work.Throw:
                throw new FormatException("random");
            case Work.ThrowLater:
                await Task.Yield();
                throw new FormatException("random");
            case Work.ThrowCancelled:
                throw new OperationCanceledException("random");
            case Work.StopSelf when tracked.Task is not null:
                tracked.Stop();
                break;
            case Work.LeavePump:
                EventLoop.Current!.LeavePump();
                break;
            case Work.Await:
                await Task.Delay(moment, token);
                break;
            case Work.Block:
                token.WaitHandle.WaitOne(moment);
                break;
            case Work.AwaitDeafly:
                await Task.Delay(Moment, CancellationToken.None);
                break;
            case Work.BlockDeafly:
                Thread.Sleep(Moment);
                break;
            default:
                await Nested(tracked, token);
                break;
        }
    }

    private async Task Nested(Tracked tracked, CancellationToken token)
    {
        var step = tracked.Step;
        var inner = new Step(Route.Submit, (Work)(step.Number % (int)Work.RunNested), Fate.Leave, default, step.Number);
        switch (step.Work)
        {
            case Work.RunNested:
                RefusedOnOneLoop(() => Run(inner with { Route = Route.Run }));
                break;
            case Work.SubmitNested:
                Submit(inner);
                await Task.Yield();
                break;
            case Work.RunMultipleNested when step.Number % 2 == 0:
                RefusedOnOneLoop(() => RunMultiple(inner with { Route = Route.RunMultiple }));
                break;
            case Work.RunMultipleNested:
                await RunMultipleAsync(inner with { Route = Route.RunMultiple }, token);
                break;
            case Work.ControlNested:
                Do(step.Control);
                break;
            case Work.WaitForEarlier when _program.PoolSize != 0:
                WaitForEarlier(tracked, token);
                break;
            case Work.BreakHost when EventLoop.Current is { } loop:
                _broken[loop] = true;
                loop.LeavePump();
                break;
            default:
                break;
        }
    }

    /// <summary>
    /// Not for one of the group: that may wait for this one's place. Only for earlier ones, and tasks of tasks wait for none, so
    /// that no two wait for each other.
    /// </summary>
    private void WaitForEarlier(Tracked tracked, CancellationToken token)
    {
        var earlier = _tracked.TakeWhile(other => other != tracked).Where(static other => other.Step.Route != Route.Add && other.Task is not null).ToArray();
        if (earlier.Length == 0)
        {
            return;
        }

        try
        {
            using (EventLoop.EnterWait())
            {
                Ended(earlier[tracked.Step.Number % earlier.Length].Task!).Wait(token);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task RunMultipleAsync(Step step, CancellationToken token)
    {
        try
        {
            await foreach (var _ in _executor.RunMultipleAsync(Several(step), _program.MaxWorkers, cancellationToken: token))
            {
                await Task.Yield();
            }
        }
        catch (ObjectDisposedException)
        {
            Expect(_shutdownBegun, "A task was refused");
        }
    }

    /// <summary>The executor's only thread must not block for itself; an abandoned one is not it.</summary>
    private void RefusedOnOneLoop(Action act)
    {
        if (_program.PoolSize != 0)
        {
            act();
            return;
        }

        var refusals = 0;
        try
        {
            act();
        }
        catch (InvalidOperationException exception) when (IsRefusal(exception))
        {
            refusals = 1;
        }

        Expect(refusals == 1 || CodeOutlivesTasks, "The only loop waited for itself");
    }
}
