namespace AsyncExecutors.Tests.Engine.RandomPrograms;

/// <summary>What may become of a task, going by the program alone.</summary>
internal static class Model
{
    /// <summary>Says what is wrong with a result; null when nothing is.</summary>
    internal static string? Fault(RandomProgram program, Tracked tracked, TaskResult result)
    {
        if (!Statuses(program, tracked).Contains(result.Status))
        {
            return $"is {result.Status}";
        }

        if (!ExceptionFits(program, tracked.Step.Work, result))
        {
            return $"is {result.Status} with {result.Exception?.ToString() ?? "no exception"}";
        }

        if (result.Success != (result.Output is 1))
        {
            return $"is {result.Status} with the output {result.Output ?? "null"}";
        }

        return program.IsPatient && result.StartedAt is null && tracked.Code.Begun != 0 ? "ran and has no start" : null;
    }

    private static HashSet<AsyncTaskStatus> Statuses(RandomProgram program, Tracked tracked)
    {
        var step = tracked.Step;
        if (step.Fate == Fate.StopBefore)
        {
            return [AsyncTaskStatus.Stopped];
        }

        if (tracked.WasStopped)
        {
            return Stopped(program);
        }

        HashSet<AsyncTaskStatus> statuses = [];
        if (step.Work is Work.Throw or Work.ThrowLater or Work.ThrowCancelled)
        {
            statuses.Add(AsyncTaskStatus.Failed);
        }
        else if (!(step.Work is Work.Await or Work.Block && step.IsStoppedForSure))
        {
            statuses.Add(AsyncTaskStatus.Succeeded);
        }

        if (program.BreaksHosts)
        {
            statuses.Add(AsyncTaskStatus.Failed);
        }

        if (step.Fate == Fate.Timeout)
        {
            statuses.Add(AsyncTaskStatus.TimedOut);
        }

        if (tracked.MayBeStopped
            || program.StopsAll
            || (step.Route == Route.Add && program.StopsGroup)
            || (step.Route == Route.Submit && step.Fate is Fate.Stop or Fate.StopSoon))
        {
            statuses.UnionWith(Stopped(program));
        }

        return statuses;
    }

    private static HashSet<AsyncTaskStatus> Stopped(RandomProgram program) => program.IsPatient
        ? [AsyncTaskStatus.Stopped]
        : [AsyncTaskStatus.Stopped, AsyncTaskStatus.Abandoned];

    private static bool ExceptionFits(RandomProgram program, Work work, TaskResult result) => result.Status switch
    {
        AsyncTaskStatus.Succeeded => result.Exception is null,
        AsyncTaskStatus.TimedOut => result.Exception is TimeoutException,
        AsyncTaskStatus.Stopped or AsyncTaskStatus.Abandoned => result.Exception is OperationCanceledException,
        _ => work switch
        {
            Work.Throw or Work.ThrowLater when result.Exception is FormatException => true,
            Work.ThrowCancelled when result.Exception is OperationCanceledException => true,
            _ => program.BreaksHosts && result.Exception is InvalidOperationException { InnerException: DivideByZeroException },
        },
    };
}
