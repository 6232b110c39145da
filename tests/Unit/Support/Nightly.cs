namespace AsyncExecutors.Tests;

/// <summary>Tests that take longer the more they try: all of it in the nightly run, some in the normal one.</summary>
internal static class Nightly
{
    /// <summary>True when the environment variable ASYNCEXECUTORS_NIGHTLY is 1.</summary>
    internal static bool IsOn { get; } = Environment.GetEnvironmentVariable("ASYNCEXECUTORS_NIGHTLY") == "1";

    internal static int Or(int nightly, int normal) => IsOn ? nightly : normal;
}
