namespace AsyncExecutors;

/// <summary>The tasks of a loop that wait for something.</summary>
/// <remarks>
/// A task that ends or moves to another loop leaves its place empty, or without meaning, so that neither coming nor going needs a
/// lock. Such places are swept when there are as many new places as there were tasks, or no task is left. Thread safety: the loop's
/// thread adds and sweeps; any thread looks.
/// </remarks>
internal sealed class SuspendedTasks(EventLoop loop)
{
    /// <summary>How many new places there are before the first sweep.</summary>
    private const int FewPlaces = 64;

    private Place? _newest;
    private int _kept;
    private int _new;

    /// <summary>The tasks that were added before, and have neither ended nor moved to another loop.</summary>
    internal IEnumerable<TaskInfo> All
    {
        get
        {
            for (var place = Volatile.Read(ref _newest); place is not null; place = place.Next)
            {
                if (TaskAt(place) is { } task)
                {
                    yield return task;
                }
            }
        }
    }

    /// <summary>Adds a task. Has a full fence behind it.</summary>
    /// <returns>Its place.</returns>
    internal Place Add(TaskInfo task)
    {
        if (_new > _kept + FewPlaces)
        {
            Sweep();
        }

        _new++;
        var place = new Place(task, _newest);
        Volatile.Write(ref _newest, place);
        Interlocked.MemoryBarrier();
        return place;
    }

    /// <summary>Forgets the places of a loop on which nothing is pending.</summary>
    internal void Clear()
    {
        Volatile.Write(ref _newest, null);
        _kept = _new = 0;
    }

    private TaskInfo? TaskAt(Place place) => place.Task is { } task && task.EventLoop == loop && !task.IsEndDecided ? task : null;

    private void Sweep()
    {
        _kept = _new = 0;
        Place? last = null;
        for (var place = _newest; place is not null; place = place.Next)
        {
            if (TaskAt(place) is null)
            {
                continue;
            }

            // Who stands at an empty place meanwhile finds the way on from it.
            if (last is null)
            {
                Volatile.Write(ref _newest, place);
            }
            else
            {
                last.Next = place;
            }

            last = place;
            _kept++;
        }

        if (last is null)
        {
            Volatile.Write(ref _newest, null);
        }
        else
        {
            last.Next = null;
        }
    }

    /// <summary>A place in the list.</summary>
    internal sealed class Place(TaskInfo task, Place? next)
    {
        private TaskInfo? _task = task;
        private Place? _next = next;

        /// <summary>The task; null once it has left.</summary>
        internal TaskInfo? Task
        {
            get => Volatile.Read(ref _task);
            set => Volatile.Write(ref _task, value);
        }

        /// <summary>The one that was added before.</summary>
        internal Place? Next
        {
            get => Volatile.Read(ref _next);
            set => Volatile.Write(ref _next, value);
        }
    }
}
