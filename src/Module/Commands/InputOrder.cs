using AsyncExecutors.Streams;

namespace AsyncExecutors.Commands;

/// <summary>Brings what tasks have written, and their results, into the order of the input.</summary>
/// <remarks>Not thread-safe: used by the pipeline's thread.</remarks>
internal sealed class InputOrder(Action<TaskItem> emitItem)
{
    private const int MostResults = 1024;
    private const int MostItems = 4096;

    private readonly Dictionary<int, Queue<TaskItem>> _items = [];

    /// <summary>
    /// The results that came before their turn, each at its index modulo the length, which is a power of two greater than
    /// the distance of any from the next.
    /// </summary>
    private TaskResult?[] _results = new TaskResult?[64];

    private int _resultCount;
    private int _itemCount;
    private int _next;

    /// <summary>True when so much is held back that no more tasks should begin.</summary>
    internal bool IsFull => _resultCount >= MostResults || _itemCount >= MostItems;

    internal void Add(TaskItem item)
    {
        if (item.Task.Index == _next)
        {
            emitItem(item);
            return;
        }

        if (!_items.TryGetValue(item.Task.Index, out var items))
        {
            _items.Add(item.Task.Index, items = new Queue<TaskItem>());
        }

        _itemCount++;
        items.Enqueue(item);
    }

    internal void Add(TaskResult result)
    {
        while (result.Index - _next >= _results.Length)
        {
            Grow();
        }

        _results[PlaceOf(result.Index)] = result;
        _resultCount++;
    }

    /// <summary>Takes the result whose turn it is. What its task has written went out before.</summary>
    /// <returns>False when that task has not ended.</returns>
    internal bool TryTake(out TaskResult result)
    {
        if (_results[PlaceOf(_next)] is not { } next)
        {
            result = null!;
            return false;
        }

        _results[PlaceOf(_next)] = null;
        _resultCount--;
        result = next;
        return true;
    }

    /// <summary>The result that was taken last has gone out: it is the next task's turn.</summary>
    internal void GoOn()
    {
        _next++;
        EmitItemsOfNext();
    }

    private int PlaceOf(int index) => index & (_results.Length - 1);

    private void Grow()
    {
        var before = _results;
        _results = new TaskResult?[before.Length * 2];
        foreach (var result in before)
        {
            if (result is not null)
            {
                _results[PlaceOf(result.Index)] = result;
            }
        }
    }

    /// <summary>The next task's turn has come: what it has written so far goes out, and what it writes from now on too.</summary>
    private void EmitItemsOfNext()
    {
        if (_items.Count > 0 && _items.Remove(_next, out var items))
        {
            while (items.TryDequeue(out var item))
            {
                _itemCount--;
                emitItem(item);
            }
        }
    }
}
