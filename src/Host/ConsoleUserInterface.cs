using System.Management.Automation;
using System.Management.Automation.Host;

namespace AsyncExecutors.Host;

/// <summary>Shows the streams as PowerShell does: labelled, and coloured on a terminal. Questions are in the other part.</summary>
internal sealed partial class ConsoleUserInterface : PSHostUserInterface
{
    private readonly Terminal _terminal;
    private readonly ProgressBar _progress;
    private readonly ConsoleRawUserInterface _rawUserInterface = new();
    private bool _linesAreErrors;

    /// <summary>Makes a user interface on a terminal.</summary>
    /// <param name="terminal">Where it reads and writes.</param>
    public ConsoleUserInterface(Terminal terminal)
    {
        _terminal = terminal;
        _progress = new ProgressBar(terminal, TimeProvider.System);
    }

    /// <inheritdoc/>
    public override PSHostRawUserInterface RawUI => _rawUserInterface;

    /// <inheritdoc/>
    public override bool SupportsVirtualTerminal => _terminal.OutputColour;

    private static PSStyle Style => PSStyle.Instance;

    /// <summary>Takes the progress bar away.</summary>
    public void ClearProgress() => _progress.Clear();

    /// <summary>Sends the lines that are written meanwhile to standard error.</summary>
    /// <param name="write">What writes them.</param>
    public void OnStandardError(Action write)
    {
        _linesAreErrors = true;
        try
        {
            write();
        }
        finally
        {
            _linesAreErrors = false;
        }
    }

    /// <inheritdoc/>
    public override void Write(string value) => _terminal.Write(value);

    /// <inheritdoc/>
    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        _terminal.Write(Coloured(foregroundColor, backgroundColor, value));

    /// <inheritdoc/>
    public override void WriteLine(string value)
    {
        if (_linesAreErrors)
        {
            _terminal.WriteErrorLine(value);
        }
        else
        {
            _terminal.WriteLine(value);
        }
    }

    /// <inheritdoc/>
    public override void WriteErrorLine(string value) => _terminal.WriteErrorLine(value);

    /// <inheritdoc/>
    public override void WriteWarningLine(string message) => WriteLabelled(Style.Formatting.Warning, "WARNING: ", message);

    /// <inheritdoc/>
    public override void WriteVerboseLine(string message) => WriteLabelled(Style.Formatting.Verbose, "VERBOSE: ", message);

    /// <inheritdoc/>
    public override void WriteDebugLine(string message) => WriteLabelled(Style.Formatting.Debug, "DEBUG: ", message);

    /// <inheritdoc/>
    public override void WriteProgress(long sourceId, ProgressRecord record) => _progress.Show(record);

    /// <summary>Minus one is what the engine says for "the colour that is there".</summary>
    private static string Coloured(ConsoleColor foreground, ConsoleColor background, string value)
    {
        var front = Enum.IsDefined(foreground) ? PSStyle.MapForegroundColorToEscapeSequence(foreground) : string.Empty;
        var back = Enum.IsDefined(background) ? PSStyle.MapBackgroundColorToEscapeSequence(background) : string.Empty;
        return front + back + value + Style.Reset;
    }

    private void WriteLabelled(string colour, string label, string message) =>
        _terminal.WriteLine(colour + label + message + Style.Reset);
}
