using System.Management.Automation;
using System.Management.Automation.Internal;

namespace AsyncExecutors.Host;

/// <summary>
/// The console, as far as this program uses it: text to standard output and error with colours on a terminal and
/// without them elsewhere, and the one line of the progress bar kept below both.
/// </summary>
/// <remarks>Thread safety: every member may be used from any thread.</remarks>
internal sealed class Terminal
{
    private const string EraseLine = "\r\u001b[K";

    private readonly Lock _lock = new();
    private readonly bool _outputColour = HasColour(Console.IsOutputRedirected);
    private readonly bool _errorColour = HasColour(Console.IsErrorRedirected);
    private readonly bool _showsStatus = !Console.IsErrorRedirected && CanMoveCursor;

    /// <summary>Whether the status line is on the screen. Guarded by <see cref="_lock"/>.</summary>
    private bool _statusShown;

    /// <summary>Whether somebody types at a terminal.</summary>
    public bool InputIsTerminal { get; } = !Console.IsInputRedirected;

    /// <summary>Whether standard output shows colours.</summary>
    public bool OutputColour => _outputColour;

    /// <summary>The terminal's width in columns; 120 where there is none.</summary>
    public static int Width => Console.IsOutputRedirected || Console.WindowWidth <= 0 ? 120 : Console.WindowWidth;

    /// <summary>The terminal's height in lines; 50 where there is none.</summary>
    public static int Height => Console.IsOutputRedirected || Console.WindowHeight <= 0 ? 50 : Console.WindowHeight;

    private static bool CanMoveCursor => Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>Reads a line of standard input.</summary>
    /// <returns>The line; null at the end.</returns>
    public static string? ReadLine() => Console.In.ReadLine();

    /// <summary>Writes to standard output.</summary>
    /// <param name="text">Text that may have escape sequences; they are left out where they are not understood.</param>
    public void Write(string text) => Write(Console.Out, text, _outputColour);

    /// <summary>Writes a line to standard output.</summary>
    /// <param name="text">Text that may have escape sequences.</param>
    public void WriteLine(string text) => Write(text + Environment.NewLine);

    /// <summary>Writes a line to standard error, in the colour of errors.</summary>
    /// <param name="text">Text that may have escape sequences.</param>
    public void WriteErrorLine(string text)
    {
        var style = PSStyle.Instance;
        Write(Console.Error, style.Formatting.Error + text + style.Reset + Environment.NewLine, _errorColour);
    }

    /// <summary>Shows a line below what has been written, in place of the one shown before. Only on a terminal.</summary>
    /// <param name="line">One line without its end, not wider than the terminal; null takes the line away.</param>
    public void ShowStatus(string? line)
    {
        if (!_showsStatus)
        {
            return;
        }

        lock (_lock)
        {
            EraseStatus();
            if (line is not null)
            {
                Console.Error.Write(line);
                _statusShown = true;
            }
        }
    }

    private static bool HasColour(bool redirected) =>
        !redirected && CanMoveCursor && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    private void Write(TextWriter writer, string text, bool colour)
    {
        var shown = colour ? text : new StringDecorated(text).ToString(OutputRendering.PlainText);
        lock (_lock)
        {
            EraseStatus();
            writer.Write(shown);
        }
    }

    /// <summary>Call with the lock held.</summary>
    private void EraseStatus()
    {
        if (_statusShown)
        {
            Console.Error.Write(EraseLine);
            _statusShown = false;
        }
    }
}
