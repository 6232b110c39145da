using System.Management.Automation;
using AsyncExecutors.Coroutines;
using AsyncExecutors.Streams;

namespace AsyncExecutors.Commands;

/// <summary>
/// One call's tasks: begins them as input comes, never more than so many at once, and hands results and stream records
/// to the cmdlet on the pipeline's own thread.
/// </summary>
/// <remarks>
/// <para>
/// Input is taken while there is room. The room is what may run at once, and some more when tasks turn out to end faster
/// than the two threads can take turns: then the loops find the next input waiting instead of waking the pipeline.
/// </para>
/// <para>Not thread-safe: used by the pipeline's thread; only the queue is fed by others.</para>
/// </remarks>
internal sealed class FanOut : ITaskObserver, IRecordSink, IDisposable
{
    private const int MostAhead = 512;
    private const int MostHeldBack = 1024;

    private readonly Cmdlet _cmdlet;
    private readonly Action<TaskResult> _emit;
    private readonly TaskGroup _group;
    private readonly PipelineQueue _queue = new();
    private readonly Dictionary<int, TaskResult>? _heldBack;
    private readonly CancellationToken _stop;
    private readonly ITimer? _limit;
    private int _ahead;
    private int _running;
    private int _next;

    /// <param name="cmdlet">The cmdlet whose streams are written.</param>
    /// <param name="pool">Where the tasks run.</param>
    /// <param name="maxWorkers">How many at once.</param>
    /// <param name="ordered">True to emit the results in the order of the input.</param>
    /// <param name="emit">Takes each result.</param>
    /// <param name="limit">The time for the whole call.</param>
    /// <param name="stop">Cancelled when the pipeline is stopped.</param>
    internal FanOut(Cmdlet cmdlet, EventLoopPool pool, int maxWorkers, bool ordered, Action<TaskResult> emit, TimeSpan limit, CancellationToken stop)
    {
        _cmdlet = cmdlet;
        _emit = emit;
        _stop = stop;
        _group = new TaskGroup(pool.Executor, maxWorkers, this);
        _heldBack = ordered ? [] : null;
        if (limit != Timeout.InfiniteTimeSpan)
        {
            _limit = TimeProvider.System.CreateTimer(
                static group => ((TaskGroup)group!).Stop(AsyncTaskStatus.TimedOut), _group, limit, Timeout.InfiniteTimeSpan);
        }
    }

    void ITaskObserver.OnEnded(TaskInfo task, TaskResult result) => _queue.Add(result);

    void IRecordSink.Add(ScriptTask task, StreamRecord record) => _queue.Add(record);

    /// <summary>Begins a task, when there is room for it; until then hands on what ends.</summary>
    internal void Add(ScriptTask task)
    {
        Drain();
        if (_running >= _group.MaxWorkers + _ahead || _heldBack?.Count >= MostHeldBack)
        {
            MakeRoom();
        }

        _running++;
        _group.Add(task);
    }

    /// <summary>Hands on everything until all tasks have ended.</summary>
    internal void Finish()
    {
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
        _limit?.Dispose();
        _group.Stop();
    }

    private void MakeRoom()
    {
        var room = _group.MaxWorkers + _ahead;
        do
        {
            var before = _running;
            Wait();
            Drain();
            if (before - _running > room / 2)
            {
                // More than half had ended before this thread had woken: it is what holds the others up.
                _ahead = Math.Min(MostAhead, Math.Max(32, _ahead * 2));
            }
        }
        while (_running >= _group.MaxWorkers + _ahead || _heldBack?.Count >= MostHeldBack);
    }

    private void Wait()
    {
        try
        {
            _queue.Wait(_stop);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    private void Drain()
    {
        while (_queue.TryTake(out var item))
        {
            if (item is StreamRecord record)
            {
                record.WriteTo(_cmdlet);
                continue;
            }

            _running--;
            var result = (TaskResult)item;
            if (_heldBack is null)
            {
                _emit(result);
            }
            else
            {
                HoldBack(result);
            }
        }
    }

    private void HoldBack(TaskResult result)
    {
        _heldBack!.Add(result.Index, result);
        while (_heldBack.Remove(_next, out var next))
        {
            _next++;
            _emit(next);
        }
    }
}
