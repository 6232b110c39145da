using System.Globalization;
using System.Management.Automation;

namespace AsyncExecutors.Host;

/// <summary>Shows the latest progress record as one bar line on a terminal.</summary>
/// <remarks>Thread safety: every member may be used from any thread.</remarks>
internal sealed class ProgressBar(Terminal terminal, TimeProvider time)
{
    private const int BarWidth = 30;

    /// <summary>Between two drawings; a record that comes sooner is not shown.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();

    /// <summary>When the bar was last drawn; null while it is not shown. Guarded by <see cref="_lock"/>.</summary>
    private long? _drawnAt;

    /// <summary>Shows a record, or takes the bar away when the record says that the activity has ended.</summary>
    /// <param name="record">The record.</param>
    public void Show(ProgressRecord record)
    {
        lock (_lock)
        {
            if (record.RecordType == ProgressRecordType.Completed)
            {
                Erase();
            }
            else if (_drawnAt is not { } drawnAt || time.GetElapsedTime(drawnAt) >= Interval)
            {
                terminal.ShowStatus(Line(record, Terminal.Width - 1));
                _drawnAt = time.GetTimestamp();
            }
        }
    }

    /// <summary>Takes the bar away.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            Erase();
        }
    }

    private static string Line(ProgressRecord record, int width)
    {
        var text = $"{record.Activity} {Bar(record.PercentComplete)}{record.StatusDescription} {record.CurrentOperation}";
        var line = text.ReplaceLineEndings(" ").Trim();
        return line.Length <= width ? line : line[..Math.Max(width, 0)];
    }

    private static string Bar(int percent)
    {
        if (percent < 0)
        {
            return string.Empty;
        }

        var filled = Math.Min(percent, 100) * BarWidth / 100;
        var bar = new string('#', filled).PadRight(BarWidth, '.');
        return string.Create(CultureInfo.CurrentCulture, $"[{bar}] {percent,3}% ");
    }

    /// <summary>Call with the lock held.</summary>
    private void Erase()
    {
        if (_drawnAt is not null)
        {
            terminal.ShowStatus(line: null);
            _drawnAt = null;
        }
    }
}
