using System.Management.Automation.Runspaces;

namespace AsyncExecutors.Host;

/// <summary>The program's own arguments, taken apart.</summary>
internal sealed class CommandLine
{
    /// <summary>What <c>--help</c> prints.</summary>
    public const string Help = """
        Runs a PowerShell script in the PowerShell engine with the AsyncExecutors module imported.
        No installed PowerShell is needed.

        Usage:
          dotnet run --project src/Host -- SCRIPT.ps1 [ARGUMENTS]   run a script
          dotnet run --project src/Host                             a small prompt; exit ends it
          dotnet run --project src/Host -- --help                   this text

        Arguments are passed as PowerShell passes them to a script:
          VALUE           a positional argument
          -Name VALUE     a parameter and its value; also -Name:VALUE
          -Switch         a switch; also -Switch:$false

        The engine alone has ForEach-Object, Where-Object, jobs, modules and Out-Default. It has no
        Write-Output, Write-Host, Start-Sleep, Select-Object, Format-Table or Get-ChildItem: those are in
        modules that only an installed PowerShell has. Scripts use .NET for them.

        Errors and no other stream go to standard error. Colours and the progress bar appear on a terminal
        only; NO_COLOR turns colours off. Ctrl+C stops the script; a second one ends the program.

        Exit code:
          0     the script ran to its end
          N     the script said: exit N
          1     an error that nothing caught
          64    the command line is wrong
          130   stopped by Ctrl+C
        """;

    private CommandLine()
    {
    }

    /// <summary>Whether the help was asked for.</summary>
    public bool ShowHelp { get; private init; }

    /// <summary>What is wrong with the command line and what to do; null when nothing is.</summary>
    public string? Problem { get; private init; }

    /// <summary>The full path of the script to run; null for the prompt.</summary>
    public string? ScriptPath { get; private init; }

    /// <summary>The script's arguments.</summary>
    public IReadOnlyList<CommandParameter> ScriptArguments { get; private init; } = [];

    /// <summary>Takes the arguments apart. Reads nothing but whether the script exists.</summary>
    /// <param name="arguments">The program's arguments.</param>
    /// <returns>The command line; a wrong one has a <see cref="Problem"/>.</returns>
    public static CommandLine Parse(string[] arguments)
    {
        if (arguments.Length == 0)
        {
            return new CommandLine();
        }

        var first = arguments[0];
        if (first is "--help" or "-h" or "-?" or "-Help")
        {
            return new CommandLine { ShowHelp = true };
        }

        if (first.StartsWith('-'))
        {
            return new CommandLine { Problem = $"Unknown option '{first}'. Name a script first, or see --help." };
        }

        if (!first.EndsWith(".ps1", StringComparison.OrdinalIgnoreCase))
        {
            return new CommandLine { Problem = $"'{first}' is not a script: its name must end in .ps1. See --help." };
        }

        var path = Path.GetFullPath(first);
        if (!File.Exists(path))
        {
            return new CommandLine { Problem = $"There is no script '{first}' (looked for {path})." };
        }

        return new CommandLine { ScriptPath = path, ScriptArguments = ScriptArgument.Parse(arguments.AsSpan(1)) };
    }
}
