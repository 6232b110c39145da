using System.Collections.ObjectModel;
using System.Management.Automation;
using AsyncExecutors.Coroutines;
using AsyncExecutors.Tasks;

namespace AsyncExecutors.Streams;

/// <summary>
/// Where a task's block writes its objects when they are to reach the pipeline at once. PowerShell takes a collection to
/// write to; this one keeps nothing.
/// </summary>
/// <remarks>
/// <para>
/// What is written behind an awaitable comes after its result. The block goes on meanwhile, until there is no room for
/// more. Where a place is missing the block waits; a stop or a timeout of its task ends that.
/// </para>
/// <para>Thread safety: the block's thread writes; the continuations of awaitables run anywhere.</para>
/// </remarks>
internal sealed class TaskOutput : Collection<PSObject?>
{
    private const int RoomBehind = 256;

    private readonly ScriptTask _task;
    private readonly Action<TaskItem> _send;
    private readonly OutputRoom _room;
    private readonly bool _waitsForOthers;
    private readonly object _gate = new();

    /// <summary>Guarded by <c>_gate</c>: what waits behind an awaitable, that first; null when nothing does.</summary>
    private Queue<TaskItem>? _behind;

    /// <summary>Guarded by <c>_gate</c>: an awaitable failed, and what comes after it is nobody's.</summary>
    private bool _failed;
    private OutputRoom? _roomBehind;
    private Task _sending = Task.CompletedTask;

    /// <param name="task">The task whose output it is.</param>
    /// <param name="send">Takes the objects, in their order; any thread.</param>
    /// <param name="room">The places for objects that are on their way.</param>
    /// <param name="waitsForOthers">True when places may become free only once other tasks have ended.</param>
    internal TaskOutput(ScriptTask task, Action<TaskItem> send, OutputRoom room, bool waitsForOthers)
    {
        _task = task;
        _send = send;
        _room = room;
        _waitsForOthers = waitsForOthers;
    }

    /// <summary>True once the pipeline has had the task's result: what still comes is nobody's. Pipeline's thread.</summary>
    internal bool IsOver { get; set; }

    /// <summary>Ends when everything written has been sent; fails when an awaitable does. Once the block has ended.</summary>
    internal Task Sent => _sending;

    /// <summary>Sends a record of another stream. Does not wait for awaitables written before it. The block's thread.</summary>
    internal void Send(StreamRecord record) => _send(new TaskItem(_task, record, TakeRoom(_room)));

    /// <inheritdoc/>
    protected override void InsertItem(int index, PSObject? item)
    {
        if (_task.Result is not null)
        {
            // Given up before. It may as well end.
            throw new PipelineStoppedException();
        }

        var value = PlainObject.Of(item);
        var isAwaitable = Awaitable.Is(value);
        if (Volatile.Read(ref _behind) is null && !isAwaitable)
        {
            _send(new TaskItem(_task, value, TakeRoom(_room)));
            return;
        }

        Keep(new TaskItem(_task, value, TakeRoom(_roomBehind ??= new OutputRoom(RoomBehind))));
    }

    /// <summary>Puts an object behind the awaitable that was written before, or begins to wait for it itself.</summary>
    private void Keep(TaskItem item)
    {
        lock (_gate)
        {
            if (_failed)
            {
                item.Room?.GiveBack();
                return;
            }

            if (_behind is not null)
            {
                _behind.Enqueue(item);
                return;
            }

            _behind = new Queue<TaskItem>([item]);
        }

        _sending = SendBehindAsync();
    }

    private async Task SendBehindAsync()
    {
        try
        {
            while (Next() is { } item)
            {
                item.Room?.GiveBack();
                await SendAsync(item.Value).ConfigureAwait(false);
            }
        }
        catch (Exception) when (_task.IsStopping)
        {
            SendAtOnce();
        }
        catch
        {
            DropTheRest();
            throw;
        }
    }

    /// <summary>The next object; null when there is none, and the block may send directly again.</summary>
    private TaskItem? Next()
    {
        lock (_gate)
        {
            if (_behind!.TryDequeue(out var item))
            {
                return item;
            }

            _behind = null;
            return null;
        }
    }

    private async Task SendAsync(object? value)
    {
        if (Awaitable.Is(value))
        {
            _task.Call.ThrowIfNotAllowed(value);
        }

        if (Awaitable.From(value) is { } awaitable)
        {
            (var hasResult, value) = await awaitable.WaitAsync(_task.StopToken).ConfigureAwait(false);
            if (!hasResult)
            {
                return;
            }
        }

        var room = _room;
        try
        {
            await _room.TakeAsync(_task.StopToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            room = null;
        }

        _send(new TaskItem(_task, value, room));
    }

    /// <summary>The task is being stopped: what is there goes out, without what had to be awaited.</summary>
    private void SendAtOnce()
    {
        while (Next() is { } item)
        {
            item.Room?.GiveBack();
            if (!Awaitable.Is(item.Value))
            {
                _send(new TaskItem(_task, item.Value));
            }
        }
    }

    private void DropTheRest()
    {
        lock (_gate)
        {
            _failed = true;
            while (_behind!.TryDequeue(out var item))
            {
                item.Room?.GiveBack();
            }
        }
    }

    /// <summary>Takes a place, and waits for one if it must.</summary>
    /// <returns>Where to give it back; null when the object goes without.</returns>
    private OutputRoom? TakeRoom(OutputRoom room)
    {
        if (room.TryTake())
        {
            return room;
        }

        // Others of this loop may have begun and need its thread to go on, and perhaps it is them that are waited for.
        var othersNeedThread = EventLoop.Current is { } loop && loop.PendingCount - loop.QueuedCount > 1;
        if (_waitsForOthers && othersNeedThread)
        {
            return null;
        }

        try
        {
            using (EventLoop.EnterWait())
            {
                room.Take(mayGrow: othersNeedThread, _task.StopToken);
            }

            return room;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
