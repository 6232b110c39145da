using System.Globalization;
using System.Management.Automation;

namespace AsyncExecutors.Host;

/// <summary>
/// Shows progress as one bar line on a terminal: the latest record of an activity that is part of no other, and behind it
/// what was last said of its parts.
/// </summary>
/// <remarks>Thread safety: every member may be used from any thread.</remarks>
internal sealed class ProgressBar(Terminal terminal, TimeProvider time)
{
    private const int BarWidth = 30;

    /// <summary>Between two drawings; a record that comes sooner is not shown.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();

    /// <summary>What the bar shows. Guarded by <see cref="_lock"/>.</summary>
    private ProgressRecord? _whole;

    /// <summary>The part of it that was last heard of. Guarded by <see cref="_lock"/>.</summary>
    private ProgressRecord? _part;

    /// <summary>When the bar was last drawn; null while it is not shown. Guarded by <see cref="_lock"/>.</summary>
    private long? _drawnAt;

    /// <summary>Shows a record, or takes the bar away when the record says that the activity has ended.</summary>
    /// <param name="record">The record.</param>
    public void Show(ProgressRecord record)
    {
        lock (_lock)
        {
            var isPart = _whole is { } whole && whole.ActivityId != record.ActivityId && record.ParentActivityId >= 0;
            if (record.RecordType == ProgressRecordType.Completed)
            {
                Complete(record, isPart);
                return;
            }

            _part = isPart ? record : _whole?.ActivityId == record.ActivityId ? _part : null;
            _whole = isPart ? _whole : record;
            if (_drawnAt is not { } drawnAt || time.GetElapsedTime(drawnAt) >= Interval)
            {
                terminal.ShowStatus(Line(Text(_whole!) + (_part is null ? string.Empty : " | " + Text(_part)), Terminal.Width - 1));
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

    private static string Text(ProgressRecord record) =>
        $"{record.Activity} {Bar(record.PercentComplete)}{record.StatusDescription} {record.CurrentOperation}".TrimEnd();

    private static string Line(string text, int width)
    {
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
    private void Complete(ProgressRecord record, bool isPart)
    {
        if (!isPart)
        {
            Erase();
        }
        else if (_part?.ActivityId == record.ActivityId)
        {
            _part = null;
        }
    }

    /// <summary>Call with the lock held.</summary>
    private void Erase()
    {
        _whole = _part = null;
        if (_drawnAt is not null)
        {
            terminal.ShowStatus(line: null);
            _drawnAt = null;
        }
    }
}
