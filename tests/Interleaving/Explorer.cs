using Microsoft.Coyote;
using Microsoft.Coyote.SystematicTesting;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace AsyncExecutors.Tests.Interleaving;

/// <summary>
/// Runs a scenario under many interleavings of its threads. Coyote decides which thread goes on at each lock, atomic
/// operation and wait, so it finds orders that a machine shows once a year, and a deadlock is one at once and not after a
/// time limit. The engine has no hook for it, only a filter where it catches interrupts: the build rewrites the copy that
/// these tests load.
/// </summary>
/// <remarks>
/// It has no control over the thread pool's own queue and over <c>GetAwaiter().GetResult()</c> on a loop's thread, so the
/// scenarios keep away from continuations of loops that were given up and from <c>Run</c> on a loop. Timers are those of
/// <see cref="ManualTime"/>. What needs real time and threads is in the random programs of the unit tests.
/// </remarks>
internal static class Explorer
{
    /// <summary>
    /// The milliseconds without a step after which Coyote looks again, and the second time calls it a deadlock. It does not
    /// wait for a loop's thread to begin, so a schedule in which all others wait for that thread stands still for so long.
    /// </summary>
    private const uint StandstillLimit = 3_000;

    private static readonly uint Schedules = Environment.GetEnvironmentVariable("ASYNCEXECUTORS_NIGHTLY") == "1" ? 2_000u : 200u;

    internal static void Explore(Action scenario)
    {
        var configuration = Configuration.Create()
            .WithTestingIterations(Schedules)
            .WithAtomicOperationRaceCheckingEnabled(true)
            .WithVolatileOperationRaceCheckingEnabled(true)
            .WithDeadlockTimeout(StandstillLimit)
            .WithMaxSchedulingSteps(20_000)
            .WithTelemetryEnabled(false);
        using var engine = TestingEngine.Create(configuration, scenario);
        engine.Run();
        var report = engine.TestReport;
        Assert.True(
            report.NumOfFoundBugs == 0,
            $"{string.Join(Environment.NewLine, report.BugReports)}{Environment.NewLine}{engine.ReproducibleTrace}");

        // A thread that spins for what never comes.
        Assert.Equal(0, report.MaxFairStepsHitInFairTests);
        Assert.Equal(Schedules, (uint)(report.NumOfExploredFairPaths + report.NumOfExploredUnfairPaths));
    }

    /// <summary>Runs all at the same time, and waits for them.</summary>
    internal static void AtOnce(params Action[] acts)
    {
        // A call, not a method group, and an array, not a span: only so Coyote takes it over.
        Task[] running = acts.Select(act => Task.Run(act)).ToArray();
        Task.WaitAll(running);
    }
}
