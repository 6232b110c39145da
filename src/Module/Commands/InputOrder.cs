using AsyncExecutors.Streams;

namespace AsyncExecutors.Commands;

/// <summary>Brings what tasks have written, and their results, into the order of the input.</summary>
/// <remarks>Not thread-safe: used by the pipeline's thread.</remarks>
internal sealed class InputOrder(Action<TaskItem> emitItem, Action<TaskResult> emitResult)
{
    private const int MostResults = 1024;
    private const int MostItems = 4096;

    private readonly Dictionary<int, TaskResult> _results = [];
    private readonly Dictionary<int, Queue<TaskItem>> _items = [];
    private int _itemCount;
    private int _next;

    /// <summary>True when so much is held back that no more tasks should begin.</summary>
    internal bool IsFull => _results.Count >= MostResults || _itemCount >= MostItems;

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
        _results.Add(result.Index, result);
        while (_results.Remove(_next, out var next))
        {
            _next++;
            emitResult(next);
            EmitItemsOfNext();
        }
    }

    /// <summary>The next task's turn has come: what it has written so far goes out, and what it writes from now on too.</summary>
    private void EmitItemsOfNext()
    {
        if (_items.Remove(_next, out var items))
        {
            while (items.TryDequeue(out var item))
            {
                _itemCount--;
                emitItem(item);
            }
        }
    }
}
