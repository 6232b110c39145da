using System.Diagnostics;
using System.Management.Automation;
using AsyncExecutors.Streams;
using AsyncExecutors.Tasks;

namespace AsyncExecutors.Commands;

/// <summary>
/// One call's tasks: begins them as input comes, never more than so many at once, and hands what they write and their
/// results to the cmdlet on the pipeline's own thread.
/// </summary>
/// <remarks>
/// <para>
/// Input is taken while there is room. The room is what may run at once, and some more when tasks turn out to end faster
/// than the two threads can take turns: then the loops find the next input waiting instead of waking the pipeline. When they are
/// about to run out of it, the next input comes before the results that wait to be handed on, as long as there is some at hand.
/// </para>
/// <para>
/// Output that is written as it comes has its own room, so that tasks wait for a pipeline that is slower than they. One
/// for all tasks; one for each where they are to be in the order of the input, as otherwise what is held back could take
/// all the room from the task that it is held back for.
/// </para>
/// <para>Not thread-safe: used by the pipeline's thread; only the queue is fed by others.</para>
/// </remarks>
internal sealed class FanOut : ITaskObserver, IRecordSink, IDisposable
{
    private const int MostAhead = 64;
    private const int PlacesOfAll = 1024;
    private const int PlacesOfEach = 256;

    /// <summary>Tasks that take longer do not run out while this thread wakes.</summary>
    private static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(1);

    private readonly Cmdlet _cmdlet;
    private readonly FanOutOptions _options;
    private readonly Action<TaskResult> _emit;
    private readonly TaskGroup _group;
    private readonly PipelineQueue _queue = new();
    private readonly InputOrder? _order;
    private readonly CallProgress? _progress;
    private readonly OutputRoom _outputRoom = new(PlacesOfAll);
    private readonly CancellationToken _stop;
    private readonly ITimer? _limit;
    private volatile bool _isOver;
    private int _ahead;
    private int _running;

    /// <param name="cmdlet">The cmdlet whose streams are written.</param>
    /// <param name="pool">Where the tasks run.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="emit">Takes each result.</param>
    /// <param name="progress">The bar to draw; null for none.</param>
    /// <param name="stop">Cancelled when the pipeline is stopped.</param>
    internal FanOut(Cmdlet cmdlet, EventLoopPool pool, FanOutOptions options, Action<TaskResult> emit, CallProgress? progress, CancellationToken stop)
    {
        _cmdlet = cmdlet;
        _options = options;
        _emit = emit;
        _progress = progress;
        _stop = stop;
        _group = new TaskGroup(pool.Executor, options.MaxWorkers, this);
        _order = options.IsOrdered ? new InputOrder(Write) : null;
        if (options.Limit != Timeout.InfiniteTimeSpan)
        {
            _limit = TimeProvider.System.CreateTimer(
                static group => ((TaskGroup)group!).Stop(AsyncTaskStatus.TimedOut), _group, options.Limit, Timeout.InfiniteTimeSpan);
        }
    }

    private bool HasRoom => _running < _group.MaxWorkers + _ahead && _order?.IsFull != true;

    private bool LoopsRunOut => _ahead > 0 && !_options.StreamsOutput && _group.WaitingCount < _ahead / 2;

    bool IRecordSink.IsCallersPipeline => true;

    void ITaskObserver.OnEnded(TaskInfo task, TaskResult result)
    {
        // As long as enough of them wait for their turn, the pipeline's thread need not bring more yet.
        if (_group.WaitingCount > Volatile.Read(ref _ahead) / 2)
        {
            _queue.AddToMany(task);
        }
        else
        {
            _queue.Add(task);
        }
    }

    void IRecordSink.Add(ScriptTask task, StreamRecord record)
    {
        if (task.Live is { } live && record.Record is not ProgressRecord)
        {
            live.Send(record);
        }
        else
        {
            _queue.Add(_progress is null || record.Record is not ProgressRecord ? record : new TaskItem(task, record));
        }
    }

    TaskOutput? IRecordSink.OutputOf(ScriptTask task) => _options.StreamsOutput
        ? new TaskOutput(task, Send, _order is null ? _outputRoom : new OutputRoom(PlacesOfEach), _order is not null)
        : null;

    /// <summary>Begins a task, when there is room for it; until then hands on what ends.</summary>
    internal void Add(ScriptTask task)
    {
        Drain(isFeeding: true);
        if (!HasRoom)
        {
            MakeRoom();
        }

        _running++;
        _progress?.Taken(task);
        _group.Add(task);
    }

    /// <summary>There is no input at hand, perhaps for long: hands on what has ended by now.</summary>
    internal void Pause() => Drain();

    /// <summary>Hands on everything until all tasks have ended.</summary>
    internal void Finish()
    {
        _progress?.InputEnded();
        Drain();
        while (_running > 0)
        {
            Wait();
            Drain();
        }
    }

    /// <summary>Stops what has not ended, all at once, and does not wait. Any thread.</summary>
    public void Dispose()
    {
        _isOver = true;
        _limit?.Dispose();
        _group.Stop();
    }

    private void MakeRoom()
    {
        do
        {
            var began = Stopwatch.GetTimestamp();
            Wait();
            if (_group.OpenCount < (_group.MaxWorkers + 1) / 2 && Stopwatch.GetElapsedTime(began) < ShortWait)
            {
                // Half of the workers had nothing to do before this thread had woken: it is what holds them up.
                _ahead = Math.Min(MostAhead, Math.Max(32, _ahead * 2));
            }

            Drain(isFeeding: true);
        }
        while (!HasRoom);
    }

    private void Wait()
    {
        try
        {
            _queue.Wait(_progress?.NextIn ?? Timeout.InfiniteTimeSpan, forMany: _running > _group.MaxWorkers + (_ahead / 2), _stop);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <param name="isFeeding">True when there is input at hand: what the loops need first.</param>
    private void Drain(bool isFeeding = false)
    {
        // No more than is there now: tasks that write without end must not keep this thread from taking input.
        for (var left = _options.StreamsOutput ? _queue.Count : int.MaxValue; left > 0 && _queue.TryTake(out var item); left--)
        {
            Handle(item);
            _progress?.Draw();
            if (isFeeding && LoopsRunOut && HasRoom)
            {
                break;
            }
        }

        HandOnInOrder(isFeeding);
        _progress?.Draw();
    }

    /// <summary>
    /// The results whose turn has come. One that was long waited for has many behind it; of these at least two go out at a time, so
    /// that they become fewer.
    /// </summary>
    private void HandOnInOrder(bool isFeeding)
    {
        for (var count = 1; _order?.TryTake(out var result) == true; count++)
        {
            _emit(result);
            _order.GoOn();
            if (isFeeding && count >= 2 && LoopsRunOut && HasRoom)
            {
                return;
            }
        }
    }

    private void Handle(object item)
    {
        switch (item)
        {
            case StreamRecord record:
                record.WriteTo(_cmdlet);
                break;
            case TaskItem { Value: StreamRecord { Record: ProgressRecord progress } } shown:
                _progress!.Write(shown.Task, progress);
                break;
            case TaskItem { Task.Live.IsOver: true } late:
                // Written by a block that was given up, after its task's end.
                late.Room?.GiveBack();
                break;
            case TaskItem written when _order is null:
                Write(written);
                break;
            case TaskItem written:
                _order.Add(written);
                break;
            case ScriptTask task:
                End(task);
                break;
        }
    }

    private void End(ScriptTask task)
    {
        if (task.Status == AsyncTaskStatus.Stopped)
        {
            PipelineQueue.LetStopArrive(_stop);
        }

        _running--;
        if (task.Live is { } live)
        {
            live.IsOver = true;
        }

        _progress?.Ended(task);

        if (_order is null)
        {
            _emit(task.Result!);
        }
        else
        {
            _order.Add(task.Result!);
        }
    }

    private void Send(TaskItem item)
    {
        if (!_isOver)
        {
            _queue.Add(item);
        }
    }

    private void Write(TaskItem item)
    {
        item.Room?.GiveBack();
        if (item.Value is StreamRecord record)
        {
            record.WriteTo(_cmdlet);
        }
        else
        {
            _cmdlet.WriteObject(item.Value);
        }
    }
}
