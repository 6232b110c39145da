using System.Management.Automation;
using System.Runtime.CompilerServices;
using AsyncExecutors.Callers;

namespace AsyncExecutors.Runspaces;

/// <summary>
/// Values of a block that has gone on in another runspace: the script blocks among them that were made in the one before are
/// made anew, and its functions are those of the runspace. To run one of those would change the scopes of whatever runs there now.
/// </summary>
/// <remarks>
/// <para>
/// They are also found in arrays, lists, tables and custom objects, to any depth. What holds one is copied, as tasks that have
/// stayed may have it, too; what several variables had in common they have in common afterwards. What <see cref="Holders"/> does
/// not know stays as it is, and with it the blocks in it; so does what cannot be copied, as another thread changes it just now, and
/// so do blocks of modules that the pool does not import.
/// </para>
/// <para>Loop thread only.</para>
/// </remarks>
internal sealed partial class MovedValues
{
    private readonly LoopBlocks _blocks;
    private readonly SessionState _session;
    private readonly PSLanguageMode _mode;

    /// <summary>The engine's state of each runspace that was left. They may be gone, and nothing here keeps them.</summary>
    private readonly ConditionalWeakTable<object, object> _left = new();

    /// <summary>What stands for blocks, functions, closures' modules and collections from now on.</summary>
    private readonly ConditionalWeakTable<object, object> _moved = new();

    /// <summary>Collections in which there was no code. What is made from now on is made here.</summary>
    private readonly ConditionalWeakTable<object, object?> _withoutCode = new();

    private readonly Dictionary<string, CommandInfo> _functions = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Variables of closures that have values yet to be bound: they may hold what holds the closure, and so on, to any depth.</summary>
    private readonly Queue<PSVariable> _captured = new();

    /// <summary>For a block that has come into a runspace.</summary>
    /// <param name="blocks">The blocks of the runspace.</param>
    /// <param name="session">Its session.</param>
    /// <param name="mode">Its language mode, whatever the session's is at the moment.</param>
    /// <param name="before">The block's values in the runspace that it has left; null where it began.</param>
    /// <param name="left">The engine's state of that.</param>
    internal MovedValues(LoopBlocks blocks, SessionState session, PSLanguageMode mode, MovedValues? before, object left)
    {
        _blocks = blocks;
        _session = session;
        _mode = mode;
        _left.Add(left, left);
        foreach (var (engine, _) in before?._left ?? [])
        {
            _left.TryAdd(engine, engine);
        }
    }

    /// <summary>A function of the block is in its scope now.</summary>
    internal void Add(FunctionInfo before, CommandInfo now)
    {
        _moved.AddOrUpdate(before, now);
        _functions[now.Name] = now;
    }

    /// <summary>What stood for something before the move has itself moved: so has that for which it stood.</summary>
    internal void Follow(MovedValues before)
    {
        foreach (var (original, stoodForIt) in before._moved)
        {
            if (original is not PSModuleInfo)
            {
                _moved.AddOrUpdate(original, Bind(stoodForIt)!);
            }
        }
    }

    /// <summary>A value with its blocks for this runspace; any other as it is.</summary>
    internal object? Bind(object? value)
    {
        var bound = BindWithoutCaptured(value);
        while (_captured.TryDequeue(out var variable))
        {
            variable.Value = BindWithoutCaptured(variable.Value);
        }

        return bound;
    }

    private object? BindWithoutCaptured(object? value)
    {
        var root = Plain(value);
        if (root is null)
        {
            return value;
        }

        if (MovedCode(root) is { } code)
        {
            return code;
        }

        if (!Holders.Is(root))
        {
            return value;
        }

        if (!_moved.TryGetValue(root, out _) && HasCode(root))
        {
            CopyThoseWithCode(root);
        }

        return _moved.TryGetValue(root, out var moved) ? Wrapped(value, moved) : value;
    }

    private static object? Plain(object? value) => value is PSObject { BaseObject: not PSCustomObject and var plain } ? plain : value;

    private static object Wrapped(object? original, object moved) => original is PSObject ? PSObject.AsPSObject(moved) : moved;

    /// <summary>Finds the collections that hold code, or others that do, and puts copies in their place.</summary>
    private void CopyThoseWithCode(object root)
    {
        var holders = new Dictionary<object, List<object>>(ReferenceEqualityComparer.Instance) { [root] = [] };
        var toCopy = new HashSet<object>(ReferenceEqualityComparer.Instance);
        for (var toVisit = new Stack<object>([root]); toVisit.TryPop(out var collection);)
        {
            foreach (var item in Holders.ItemsOf(collection))
            {
                if (Plain(item) is not { } plain)
                {
                    continue;
                }

                if (IsToReplace(plain))
                {
                    toCopy.Add(collection);
                }
                else if (Holders.Is(plain))
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

        var copies = new List<object>();
        foreach (var collection in toCopy)
        {
            if (Holders.TryCopy(collection) is { } copy)
            {
                _moved.AddOrUpdate(collection, copy);
                copies.Add(copy);
            }
        }

        foreach (var copy in copies)
        {
            Holders.Replace(copy, MovedItem);
        }
    }

    /// <summary>Looked at first, as most collections hold none, and they may be large.</summary>
    private bool HasCode(object root)
    {
        if (_withoutCode.TryGetValue(root, out _))
        {
            return false;
        }

        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance) { root };
        for (var toVisit = new Stack<object>([root]); toVisit.TryPop(out var collection);)
        {
            foreach (var item in Holders.ItemsOf(collection))
            {
                if (Plain(item) is not { } plain)
                {
                    continue;
                }

                if (IsToReplace(plain))
                {
                    return true;
                }

                if (Holders.Is(plain) && !_withoutCode.TryGetValue(plain, out _) && seen.Add(plain))
                {
                    toVisit.Push(plain);
                }
            }
        }

        foreach (var collection in seen)
        {
            _withoutCode.TryAdd(collection, null);
        }

        return false;
    }

    /// <summary>True for code of a runspace that was left, and for what has taken another form already.</summary>
    private bool IsToReplace(object plain) => MovedCode(plain) is not null || (Holders.Is(plain) && _moved.TryGetValue(plain, out _));

    /// <summary>What takes the place of an item; the item where it stays.</summary>
    private object? MovedItem(object? item)
    {
        var plain = Plain(item);
        return plain is null ? item
            : MovedCode(plain) is { } code ? Wrapped(item, code)
            : Holders.Is(plain) && _moved.TryGetValue(plain, out var moved) ? Wrapped(item, moved)
            : item;
    }
}
