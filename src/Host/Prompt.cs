using System.Management.Automation.Language;
using System.Text;

namespace AsyncExecutors.Host;

/// <summary>The small prompt: reads a statement, runs it, shows what it writes, until <c>exit</c> or the end of the input.</summary>
internal sealed class Prompt(Session session, ConsoleHost host, Terminal terminal)
{
    /// <summary>Runs the prompt. Errors do not end it.</summary>
    /// <returns>The program's exit code.</returns>
    public int Run()
    {
        if (terminal.InputIsTerminal)
        {
            terminal.WriteLine("PowerShell engine with AsyncExecutors imported. exit ends.");
        }

        while (host.ExitCode is null && ReadStatement() is { } text)
        {
            if (!string.IsNullOrWhiteSpace(text))
            {
                session.RunText(text);
            }
        }

        return host.ExitCode ?? ExitCodes.Success;
    }

    /// <summary>Reads lines until they make a whole statement; an empty line ends one that stays incomplete.</summary>
    /// <returns>The statement; null at the end of the input.</returns>
    private string? ReadStatement()
    {
        var text = new StringBuilder();
        while (true)
        {
            ShowPrompt(text.Length == 0 ? "PS> " : ">> ");
            var line = Terminal.ReadLine();
            if (line is null)
            {
                return text.Length == 0 ? null : text.ToString();
            }

            text.AppendLine(line);
            if (line.Length == 0 || IsComplete(text.ToString()))
            {
                return text.ToString();
            }
        }
    }

    private void ShowPrompt(string prompt)
    {
        if (terminal.InputIsTerminal)
        {
            terminal.Write(prompt);
        }
    }

    private static bool IsComplete(string text)
    {
        Parser.ParseInput(text, out _, out ParseError[] errors);
        return !Array.Exists(errors, error => error.IncompleteInput);
    }
}
