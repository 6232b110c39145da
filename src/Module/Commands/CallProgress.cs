using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using AsyncExecutors.Tasks;

namespace AsyncExecutors.Commands;

/// <summary>
/// The progress bar of one call: how many tasks have ended, failed, run and wait, how fast it goes and how long it will
/// take. What tasks write as progress is shown below it.
/// </summary>
/// <remarks>Not thread-safe: used by the pipeline's thread.</remarks>
internal sealed class CallProgress : IDisposable
{
    /// <summary>Between two drawings, so that it costs nothing.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Between two drawings when nothing has happened: the time that is left changes all the same.</summary>
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeProvider Time = TimeProvider.System;

    /// <summary>Activities of all calls have different ids, also those of calls inside tasks. Scripts use small ones.</summary>
    private static int LastActivityId = 1_000_000_000;

    private readonly PSCmdlet _cmdlet;
    private readonly PSHostUserInterface _host;
    private readonly int _activityId = Interlocked.Increment(ref LastActivityId);
    private readonly long _startedAt = Time.GetTimestamp();
    private readonly HashSet<ScriptTask> _open = [];
    private readonly Dictionary<(ScriptTask Task, int Activity), ProgressRecord> _activities = [];
    private int? _total;
    private int _taken;
    private int _failed;
    private long _drawnAt;
    private bool _isShown;
    private bool _hasChanged = true;

    private CallProgress(PSCmdlet cmdlet)
    {
        _cmdlet = cmdlet;
        _host = cmdlet.Host.UI;
        _total = InputCount.Of(cmdlet);
        _drawnAt = _startedAt;
    }

    /// <summary>How long the pipeline's thread may wait before it draws again.</summary>
    internal TimeSpan NextIn
    {
        get
        {
            var left = (_hasChanged ? Interval : IdleInterval) - Time.GetElapsedTime(_drawnAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>The bar of a call that begins now; null when the caller wants to see no progress.</summary>
    internal static CallProgress? Begin(PSCmdlet cmdlet) =>
        Preferences.ShowsProgress(cmdlet) ? new CallProgress(cmdlet) : null;

    internal void Taken(ScriptTask task)
    {
        _taken++;
        _open.Add(task);
        _hasChanged = true;
    }

    internal void Ended(ScriptTask task)
    {
        _failed += task.Result!.Success ? 0 : 1;
        _open.Remove(task);
        _hasChanged = true;
        foreach (var (key, record) in _activities.Where(activity => activity.Key.Task == task).ToArray())
        {
            // A write in a pipeline that is being stopped throws; then it is still there to be taken away.
            Write(Completed(record));
            _activities.Remove(key);
        }
    }

    /// <summary>All input was taken: from now on the number is known.</summary>
    internal void InputEnded() => _total = _taken;

    /// <summary>Draws the bar, if it is time.</summary>
    internal void Draw()
    {
        if (NextIn == TimeSpan.Zero)
        {
            _isShown = true;
            _hasChanged = false;
            _drawnAt = Time.GetTimestamp();
            Write(Overall());
        }
    }

    /// <summary>Shows what a task wrote below the bar.</summary>
    internal void Write(ScriptTask task, ProgressRecord record)
    {
        var isFirst = !_activities.TryGetValue((task, record.ActivityId), out var known);
        var shown = new ProgressRecord(
            isFirst ? Interlocked.Increment(ref LastActivityId) : known!.ActivityId,
            record.Activity,
            string.IsNullOrEmpty(record.StatusDescription) ? " " : record.StatusDescription)
        {
            ParentActivityId = _activities.TryGetValue((task, record.ParentActivityId), out var parent) ? parent.ActivityId : _activityId,
            CurrentOperation = record.CurrentOperation,
            PercentComplete = record.PercentComplete,
            SecondsRemaining = record.SecondsRemaining,
            RecordType = record.RecordType,
        };
        _activities[(task, record.ActivityId)] = shown;
        Write(shown);
        if (record.RecordType == ProgressRecordType.Completed)
        {
            _activities.Remove((task, record.ActivityId));
        }
    }

    /// <summary>
    /// Takes the bar away, however the call has ended. After a stop a cmdlet may write no more, so this goes to the host.
    /// </summary>
    public void Dispose()
    {
        foreach (var record in _activities.Values)
        {
            _host.WriteProgress(_activityId, Completed(record));
        }

        _activities.Clear();
        if (_isShown)
        {
            _isShown = false;
            _host.WriteProgress(_activityId, Completed(Overall()));
        }
    }

    /// <summary>As <see cref="Cmdlet.WriteProgress(ProgressRecord)"/>, but from a source whose number is known when the cmdlet has ended.</summary>
    private void Write(ProgressRecord record) => _cmdlet.CommandRuntime.WriteProgress(_activityId, record);

    /// <summary>A new record: who was given the other may still show it.</summary>
    private static ProgressRecord Completed(ProgressRecord record) => new(record.ActivityId, record.Activity, record.StatusDescription)
    {
        ParentActivityId = record.ParentActivityId,
        RecordType = ProgressRecordType.Completed,
    };

    private ProgressRecord Overall()
    {
        // By their status: some that have ended may still be in the queue.
        var (pending, running, failed) = (0, 0, _failed);
        foreach (var task in _open)
        {
            switch (task.Status)
            {
                case AsyncTaskStatus.Pending:
                    pending++;
                    break;
                case AsyncTaskStatus.Running:
                    running++;
                    break;
                case not AsyncTaskStatus.Succeeded:
                    failed++;
                    break;
            }
        }

        var ended = _taken - running - pending;
        var total = Math.Max(_total ?? 0, _taken);
        var rate = ended / Time.GetElapsedTime(_startedAt).TotalSeconds;
        var of = _total is null ? string.Empty : $" of {total}";
        var status = $"{ended}{of} ended, {failed} failed, {running} running, {total - ended - running} waiting, {Text(rate)}";
        var record = new ProgressRecord(_activityId, _cmdlet.MyInvocation.MyCommand.Name, status);
        if (_total is not null && total > 0)
        {
            record.PercentComplete = (int)(100L * ended / total);
            record.SecondsRemaining = ended == 0 ? -1 : (int)Math.Min(int.MaxValue, Math.Ceiling((total - ended) / rate));
        }

        return record;
    }

    private static string Text(double rate) => rate switch
    {
        >= 100 => string.Create(CultureInfo.InvariantCulture, $"{rate:0}/s"),
        >= 1 => string.Create(CultureInfo.InvariantCulture, $"{rate:0.#}/s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{rate * 60:0.#}/min"),
    };
}
