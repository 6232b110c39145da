namespace AsyncExecutors.Host;

/// <summary>What the program's exit code says, beside the codes that a script gives itself with <c>exit</c>.</summary>
internal static class ExitCodes
{
    /// <summary>The script ran to its end, or the prompt was left.</summary>
    public const int Success = 0;

    /// <summary>An error that nothing caught, or the module could not be imported.</summary>
    public const int Failure = 1;

    /// <summary>The command line is wrong; the same code as pwsh's.</summary>
    public const int BadCommandLine = 64;

    /// <summary>Ctrl+C ended the script: 128 and the number of SIGINT, as shells count.</summary>
    public const int Interrupted = 130;
}
