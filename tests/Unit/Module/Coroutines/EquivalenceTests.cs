using CsCheck;

namespace AsyncExecutors.Tests.Module.Coroutines;

/// <summary>Random programs do the same with awaits as with values in their place.</summary>
/// <remarks>
/// On failure the seed is printed; CsCheck takes one from the environment variable <c>CsCheck_Seed</c>. With
/// <c>ASYNCEXECUTORS_NIGHTLY=1</c> thousands are run.
/// </remarks>
[Collection(ModuleCollection.Name)]
public sealed class EquivalenceTests
{
    /// <summary>So many run at once, on one loop or in the default pool: they must not see each other.</summary>
    private const int AtOnce = 8;

    private static int Rounds => Environment.GetEnvironmentVariable("ASYNCEXECUTORS_NIGHTLY") == "1" ? 1000 : 40;

    [Fact]
    public void Programs_WithAwaits_DoWhatTheyDoWithValues()
    {
        using var programs = new Programs();
        var program = Gen.Int[0, 9999].Array[20, 150].Select(static choices => new ProgramWriter(choices).Program()).Where(Programs.Parses);
        program.Array[AtOnce].Select(Gen.Bool).Sample(
            (batch, inDefaultPool) =>
            {
                var suspended = programs.Suspending(batch, inDefaultPool);
                for (var i = 0; i < batch.Length; i++)
                {
                    AssertSame(batch[i], programs.Plain(batch[i]), suspended[i], inDefaultPool);
                }
            },
            iter: Rounds,
            threads: 1,
            print: static _ => string.Empty);
    }

    private static void AssertSame(string program, Observed plain, Observed suspended, bool inDefaultPool)
    {
        if (plain.WithoutCallers().ToString() != suspended.WithoutCallers().ToString())
        {
            Assert.Fail($"{program}\n---- as plain PowerShell\n{plain}\n---- as a task{(inDefaultPool ? " in the default pool" : string.Empty)}\n{suspended}");
        }
    }
}
