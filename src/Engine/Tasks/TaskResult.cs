using System.Globalization;

namespace AsyncExecutors;

/// <summary>
/// What became of one task. Ports the seed page's <c>TaskResult(success, output, exception)</c>; the other members say
/// which task it was and how long it took.
/// </summary>
/// <remarks>Thread safety: an object of this type never changes once it has been handed out.</remarks>
public class TaskResult
{
    private LoopClock? _clock;
    private long _start;
    private long _end;
    private string? _name;

    /// <summary>Makes a result.</summary>
    /// <param name="status">How the task ended.</param>
    /// <param name="output">What the task returned; null when it returned nothing.</param>
    /// <param name="exception">Why the task did not succeed; null when it did.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="status"/> is not an end.</exception>
    public TaskResult(AsyncTaskStatus status, object? output = null, Exception? exception = null)
    {
        if (status is AsyncTaskStatus.Pending or AsyncTaskStatus.Running)
        {
            throw new ArgumentOutOfRangeException(nameof(status), status, "A result tells how a task ended.");
        }

        Status = status;
        Output = output;
        Exception = exception;
    }

    /// <summary>True when <see cref="Status"/> is <see cref="AsyncTaskStatus.Succeeded"/>, and only then.</summary>
    public bool Success => Status == AsyncTaskStatus.Succeeded;

    /// <summary>What the task returned; null when it returned nothing or did not get that far.</summary>
    public object? Output { get; }

    /// <summary>
    /// Why the task did not succeed: its own exception, a <see cref="TimeoutException"/>, or an
    /// <see cref="OperationCanceledException"/> for a stopped one. Null when it succeeded.
    /// </summary>
    public Exception? Exception { get; }

    /// <summary>How the task ended.</summary>
    public AsyncTaskStatus Status { get; }

    /// <summary>The task's place in the order in which the tasks of one call were given, from 0.</summary>
    public int Index { get; internal set; }

    /// <summary>The task's <see cref="TaskInfo.Id"/>; 0 for a result that is no task's.</summary>
    public long Id { get; private set; }

    /// <summary>The task's name.</summary>
    public string Name => _name ?? (Id == 0 ? string.Empty : TaskInfo.NameOf(Id));

    /// <summary>When the task began; null when it ended before it began.</summary>
    public DateTimeOffset? StartedAt => _clock?.TimeOf(_start);

    /// <summary>How long the task took from its start to its end; zero when it ended before it began.</summary>
    public TimeSpan Duration => _clock?.Between(_start, _end) ?? TimeSpan.Zero;

    /// <summary>Says which task's result this is. Before it is handed out.</summary>
    internal void Complete(TaskInfo task, LoopClock? clock, long start, long end)
    {
        Index = task.Index;
        _name = task.GivenName;
        Id = task.Id;
        _clock = clock;
        _start = start;
        _end = end;
    }

    /// <summary>What the task is called in a log: its name, and in derived types what else tells it from others.</summary>
    protected virtual string Label => Name;

    /// <summary>
    /// One line for a log: the name, the status, the duration, and the exception's message if there is one. A task that
    /// never began has no duration.
    /// </summary>
    /// <returns>The line.</returns>
    public override string ToString()
    {
        var line = _clock is null ? $"{Label} {Status}" : $"{Label} {Status} in {Readable(Duration)}";
        return Exception is null ? line : $"{line}: {Exception.Message.ReplaceLineEndings(" ")}";
    }

    /// <summary>A duration in the unit that suits it.</summary>
    private static string Readable(TimeSpan time)
    {
        var (value, format) = time.TotalMilliseconds switch
        {
            < 1 => (time.TotalMicroseconds, "0 'µs'"),
            < 1000 => (time.TotalMilliseconds, "0.0 'ms'"),
            < 60_000 => (time.TotalSeconds, "0.00 's'"),
            < 3_600_000 => (time.TotalMinutes, "0.0 'min'"),
            _ => (time.TotalHours, "0.0 'h'"),
        };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }
}
