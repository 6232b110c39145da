using CsCheck;

namespace AsyncExecutors.Tests.Engine.RandomPrograms;

/// <summary>
/// Random programs of several threads: whatever they do, every task has the one end that the model allows, who waits
/// for it is told once, and nothing hangs or is left behind. A failure names the seed of its program, which
/// <c>CsCheck_Seed</c> takes; threads are not replayed, so it may need some runs to come again.
/// </summary>
public sealed class RandomProgramTests
{
    /// <summary>Set to 1 for many more cases: some 10,000 in all.</summary>
    private static readonly bool IsNightly = Environment.GetEnvironmentVariable("ASYNCEXECUTORS_NIGHTLY") == "1";

    [Fact]
    public void Program_AnyOnAPool_EveryTaskEndsOnce() => Check(RandomProgram.OnPools, 150, 6000);

    [Fact]
    public void Program_AnyOnOneLoop_EveryTaskEndsOnce() => Check(RandomProgram.OnOneLoop, 75, 3000);

    [Fact]
    public void Program_EndsAndStopsNothingOfOthers_EveryTaskEndsAsItsCodeAndFateSay() => Check(RandomProgram.OfPeace, 75, 3000);

    private static void Check(Gen<RandomProgram> programs, int cases, int casesAtNight) =>
        programs.Sample(ProgramRun.Check, iter: IsNightly ? casesAtNight : cases, threads: 1, print: static program => program.ToString());
}
