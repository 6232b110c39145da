namespace AsyncExecutors;

/// <summary>The tasks of a loop that wait for something.</summary>
/// <remarks>
/// A task that ends only leaves its place empty, so that neither coming nor going needs a lock. Empty places are swept when
/// there are as many new places as there were tasks, or no task is left. Thread safety: the loop's thread adds and sweeps;
/// any thread looks.
/// </remarks>
internal sealed class SuspendedTasks
{
    /// <summary>How many new places there are before the first sweep.</summary>
    private const int FewPlaces = 64;

    private Place? _newest;
    private int _kept;
    private int _new;

    /// <summary>The tasks that were added before, and have not ended.</summary>
    internal IEnumerable<TaskInfo> All
    {
        get
        {
            for (var place = Volatile.Read(ref _newest); place is not null; place = place.Next)
            {
                if (place.Task is { } task)
                {
                    yield return task;
                }
            }
        }
    }

    /// <summary>Adds a task's place. Has a full fence behind it.</summary>
    internal void Add(Place place)
    {
        if (_new > _kept + FewPlaces)
        {
            Sweep();
        }

        _new++;
        place.Next = _newest;
        Volatile.Write(ref _newest, place);
        Interlocked.MemoryBarrier();
    }

    /// <summary>Forgets the places of a loop on which nothing is pending.</summary>
    internal void Clear()
    {
        Volatile.Write(ref _newest, null);
        _kept = _new = 0;
    }

    private void Sweep()
    {
        _kept = _new = 0;
        Place? last = null;
        for (var place = _newest; place is not null; place = place.Next)
        {
            if (place.Task is null)
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
    internal class Place
    {
        private TaskInfo? _task;
        private Place? _next;

        /// <summary>The task; null once it has ended.</summary>
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
