using System.Collections;
using System.Collections.Specialized;
using System.Management.Automation;
using AsyncExecutors.Callers;

namespace AsyncExecutors.Runspaces;

/// <summary>
/// Values of a block that has gone on in another runspace: the script blocks among them that were made in the one before are
/// made anew. To run one of those would change the scopes of whatever runs there now.
/// </summary>
/// <remarks>
/// <para>
/// Blocks are also found in arrays, lists, tables and custom objects, to any depth. What holds one is copied, as tasks that have
/// stayed may have it, too; what several variables had in common they have in common afterwards. Collections made for several
/// threads (synchronized or concurrent ones) and objects of other types stay as they are, and with them the blocks in them.
/// </para>
/// <para>Loop thread only.</para>
/// </remarks>
/// <param name="blocks">The blocks of the runspace.</param>
/// <param name="mode">Its language mode.</param>
/// <param name="left">The engine's state of each runspace that was left.</param>
internal sealed class MovedValues(LoopBlocks blocks, PSLanguageMode mode, IReadOnlyCollection<object> left)
{
    /// <summary>What stands for blocks and collections from now on.</summary>
    private readonly Dictionary<object, object> _moved = new(ReferenceEqualityComparer.Instance);

    /// <summary>The engine's state of each runspace that was left.</summary>
    internal IReadOnlyCollection<object> Left => left;

    /// <summary>A value with its blocks for this runspace; any other as it is.</summary>
    internal object? Bind(object? value)
    {
        var root = Plain(value);
        if (root is null || (root is not ScriptBlock && !IsCollection(root)))
        {
            return value;
        }

        if (root is ScriptBlock block)
        {
            return IsFromThere(block) ? Bind(block) : value;
        }

        CopyThoseWithBlocks(root);
        return _moved.TryGetValue(root, out var moved) ? moved : value;
    }

    /// <summary>
    /// A block for this runspace, in its own language mode where that is stricter, with the variables that
    /// <c>GetNewClosure()</c> has bound to it.
    /// </summary>
    internal ScriptBlock Bind(ScriptBlock block)
    {
        if (_moved.TryGetValue(block, out var moved))
        {
            return (ScriptBlock)moved;
        }

        var made = LanguageModes.Stricter(mode, block) == mode ? blocks.Get(block.Ast) : LoopBlocks.Make(block.Ast).As(block);
        if (Closures.Captured(block) is not { } captured)
        {
            _moved.Add(block, made);
            return made;
        }

        var (bound, closure) = Closures.Bind(made);
        _moved.Add(block, bound);
        foreach (var variable in captured)
        {
            closure.PSVariable.Set(variable.Name, Bind(variable.Value));
        }

        return bound;
    }

    private static object? Plain(object? value) => value is PSObject { BaseObject: not PSCustomObject and var plain } ? plain : value;

    private bool IsFromThere(ScriptBlock block) => EngineBlocks.ContextOf(block) is { } context && left.Contains(context);

    /// <summary>Finds the collections that hold blocks, or others that do, and puts copies in their place.</summary>
    private void CopyThoseWithBlocks(object root)
    {
        var holders = new Dictionary<object, List<object>>(ReferenceEqualityComparer.Instance) { [root] = [] };
        var toCopy = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var toVisit = new Stack<object>([root]);
        while (toVisit.TryPop(out var collection))
        {
            if (_moved.ContainsKey(collection))
            {
                continue;
            }

            foreach (var (_, item) in ItemsOf(collection))
            {
                var plain = Plain(item);
                if (plain is ScriptBlock block ? IsFromThere(block) : plain is not null && _moved.ContainsKey(plain))
                {
                    toCopy.Add(collection);
                }
                else if (plain is not null && IsCollection(plain))
                {
                    if (!holders.TryGetValue(plain, out var of))
                    {
                        holders.Add(plain, of = []);
                        toVisit.Push(plain);
                    }

                    of.Add(collection);
                }
            }
        }

        for (var toSpread = new Stack<object>(toCopy); toSpread.TryPop(out var collection);)
        {
            foreach (var holder in holders[collection])
            {
                if (toCopy.Add(holder))
                {
                    toSpread.Push(holder);
                }
            }
        }

        foreach (var collection in toCopy)
        {
            _moved.Add(collection, CopyOf(collection));
        }

        foreach (var collection in toCopy)
        {
            BindItems(collection, _moved[collection]);
        }
    }

    private void BindItems(object collection, object copy)
    {
        foreach (var (key, item) in ItemsOf(collection))
        {
            var plain = Plain(item);
            object? bound = plain switch
            {
                ScriptBlock block when IsFromThere(block) => Bind(block),
                not null when _moved.TryGetValue(plain, out var moved) => moved,
                _ => null,
            };
            if (bound is not null)
            {
                Set(copy, key, item is PSObject ? PSObject.AsPSObject(bound) : bound);
            }
        }
    }

    private static bool IsCollection(object value) => value switch
    {
        object?[] array => MayHoldBlocks(array.GetType().GetElementType()!),
        Hashtable table => !table.IsSynchronized,
        ArrayList list => !list.IsSynchronized && !list.IsFixedSize && !list.IsReadOnly,
        OrderedDictionary table => !table.IsReadOnly,
        PSObject => true,
        _ => value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() is var definition
            && (definition == typeof(List<>) || definition == typeof(Dictionary<,>)) && MayHoldBlocks(type.GenericTypeArguments[^1]),
    };

    private static bool MayHoldBlocks(Type item) => !item.IsValueType && item != typeof(string);

    /// <summary>The items, each with its key or place. Of a collection that another thread changes just now, those before that.</summary>
    private static List<(object Key, object? Item)> ItemsOf(object collection)
    {
        var items = new List<(object, object?)>();
        try
        {
            switch (collection)
            {
                case IDictionary table:
                    foreach (DictionaryEntry entry in table)
                    {
                        items.Add((entry.Key, entry.Value));
                    }

                    break;
                case IList list:
                    for (var i = 0; i < list.Count; i++)
                    {
                        if (list[i] is { } item and not string)
                        {
                            items.Add((i, item));
                        }
                    }

                    break;
                case PSObject custom:
                    items.AddRange(
                        from property in custom.Properties
                        where property is PSNoteProperty
                        select ((object)property.Name, property.Value));
                    break;
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentOutOfRangeException)
        {
            // Changed meanwhile.
        }

        return items;
    }

    private static object CopyOf(object collection) => collection switch
    {
        PSObject custom => custom.Copy(),
        OrderedDictionary table => Copy(table),
        ICloneable array => array.Clone(),
        IDictionary table => Activator.CreateInstance(table.GetType(), table, table.GetType().GetProperty("Comparer")!.GetValue(table))!,
        _ => Activator.CreateInstance(collection.GetType(), collection)!,
    };

    private static OrderedDictionary Copy(OrderedDictionary original)
    {
        var copy = new OrderedDictionary(original.Count, IgnoresCase(original) ? StringComparer.CurrentCultureIgnoreCase : null);
        foreach (DictionaryEntry entry in original)
        {
            copy.Add(entry.Key, entry.Value);
        }

        return copy;
    }

    /// <summary>It does not tell its comparer. PowerShell's own ignore case.</summary>
    private static bool IgnoresCase(OrderedDictionary table)
    {
        foreach (var key in table.Keys.OfType<string>())
        {
            var other = key.ToUpperInvariant();
            other = other == key ? key.ToLowerInvariant() : other;
            if (other != key)
            {
                return table.Contains(other) && Equals(table[other], table[key]);
            }
        }

        return true;
    }

    private static void Set(object collection, object key, object item)
    {
        switch (collection)
        {
            case IDictionary table:
                table[key] = item;
                break;
            case IList list:
                list[(int)key] = item;
                break;
            case PSObject custom:
                custom.Properties[(string)key].Value = item;
                break;
        }
    }
}
