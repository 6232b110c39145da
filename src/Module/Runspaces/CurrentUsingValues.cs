using System.Collections;
using AsyncExecutors.Callers;

namespace AsyncExecutors.Runspaces;

/// <summary>
/// What a resident pipeline is started with as its <c>$using:</c> values: a dictionary that passes on to that of the
/// block which runs now, with the script blocks among them bound to the loop's runspace. PowerShell looks values up in it by key, and does nothing else with it.
/// </summary>
internal sealed class CurrentUsingValues(LoopBlocks blocks) : IDictionary
{
    private static readonly IDictionary None = new Hashtable();

    internal IDictionary Current { get; set; } = None;

    /// <summary>No block runs.</summary>
    internal void Forget() => Current = None;

    public ICollection Keys => Current.Keys;

    public ICollection Values => Current.Values;

    public bool IsReadOnly => true;

    public bool IsFixedSize => true;

    public int Count => Current.Count;

    public object SyncRoot => this;

    public bool IsSynchronized => false;

    public object? this[object key]
    {
        get => blocks.Bind(Current[key]);
        set => throw new NotSupportedException();
    }

    public bool Contains(object key) => Current.Contains(key);

    public void Add(object key, object? value) => throw new NotSupportedException();

    public void Clear() => throw new NotSupportedException();

    public void Remove(object key) => throw new NotSupportedException();

    public void CopyTo(Array array, int index) => Current.CopyTo(array, index);

    public IDictionaryEnumerator GetEnumerator() => Current.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => Current.GetEnumerator();
}
