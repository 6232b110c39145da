namespace AsyncExecutors.Host;

/// <summary>The console program: runs a script, or a prompt, in the PowerShell engine with the module imported.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        var terminal = new Terminal();
        var commandLine = CommandLine.Parse(arguments);
        if (commandLine.ShowHelp)
        {
            terminal.WriteLine(CommandLine.Help);
            return ExitCodes.Success;
        }

        if (commandLine.Problem is { } problem)
        {
            terminal.WriteErrorLine(problem);
            return ExitCodes.BadCommandLine;
        }

        var host = new ConsoleHost(terminal);
        using var session = new Session(host);
        using var interrupts = new Interrupts(session);
        if (!session.ImportModule())
        {
            return ExitCodes.Failure;
        }

        return commandLine.ScriptPath is { } path
            ? session.RunScript(path, commandLine.ScriptArguments)
            : new Prompt(session, host, terminal).Run();
    }
}
