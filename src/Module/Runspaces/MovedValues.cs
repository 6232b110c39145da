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
/// not know stays as it is, and with it the blocks in it; and so does what cannot be copied, as another thread changes it just now.
/// </para>
/// <para>Loop thread only.</para>
/// </remarks>
internal sealed class MovedValues
{
    /// <summary>PowerShell checks made code once; see <see cref="Tasks.Blocks.Checked"/>.</summary>
    private static readonly object Checking = new();

    private readonly LoopBlocks _blocks;
    private readonly SessionState _session;

    /// <summary>The engine's state of each runspace that was left. They may be gone, and nothing here keeps them.</summary>
    private readonly ConditionalWeakTable<object, object> _left = new();

    /// <summary>What stands for blocks, functions and collections from now on.</summary>
    private readonly ConditionalWeakTable<object, object> _moved = new();

    private readonly Dictionary<string, CommandInfo> _functions = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>For a block that has come into a runspace.</summary>
    /// <param name="blocks">The blocks of the runspace.</param>
    /// <param name="session">Its session.</param>
    /// <param name="before">The block's values in the runspace that it has left; null where it began.</param>
    /// <param name="left">The engine's state of that.</param>
    internal MovedValues(LoopBlocks blocks, SessionState session, MovedValues? before, object left)
    {
        _blocks = blocks;
        _session = session;
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

    /// <summary>A value with its blocks for this runspace; any other as it is. Does not throw.</summary>
    internal object? Bind(object? value)
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

        if (!_moved.TryGetValue(root, out _))
        {
            CopyThoseWithCode(root);
        }

        return _moved.TryGetValue(root, out var moved) ? Wrapped(value, moved) : value;
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

        var mode = _session.LanguageMode;
        ScriptBlock made;
        lock (Checking)
        {
            made = LanguageModes.Stricter(mode, block) == mode ? _blocks.Get(block.Ast) : LoopBlocks.Make(block.Ast).As(block);
        }

        if (CapturedBy(block) is not { } captured)
        {
            _moved.AddOrUpdate(block, made);
            return made;
        }

        var (bound, closure) = Closures.Bind(made);
        _moved.AddOrUpdate(block, bound);
        foreach (var variable in captured)
        {
            closure.PSVariable.Set(variable.Name, Bind(variable.Value));
        }

        return bound;
    }

    private static IReadOnlyList<PSVariable>? CapturedBy(ScriptBlock closure)
    {
        try
        {
            return Closures.Captured(closure);
        }
        catch (Exception exception) when (exception is InvalidOperationException or RuntimeException)
        {
            // It runs just now where it was made.
            return null;
        }
    }

    private static object? Plain(object? value) => value is PSObject { BaseObject: not PSCustomObject and var plain } ? plain : value;

    private static object Wrapped(object? original, object moved) => original is PSObject ? PSObject.AsPSObject(moved) : moved;

    /// <summary>What stands for a block or a function of a runspace that was left; null for anything else.</summary>
    private object? MovedCode(object value) => value switch
    {
        ScriptBlock block when IsFromThere(block) => Bind(block),
        FunctionInfo function when IsFromThere(function.ScriptBlock) => FunctionHere(function),
        _ => null,
    };

    private bool IsFromThere(ScriptBlock block) => EngineBlocks.ContextOf(block) is { } context && _left.TryGetValue(context, out _);

    private CommandInfo? FunctionHere(FunctionInfo function)
    {
        if (_moved.TryGetValue(function, out var moved))
        {
            return (CommandInfo)moved;
        }

        if (_functions.TryGetValue(function.Name, out var here))
        {
            return here;
        }

        // Looked up as a variable first: a search for a command that is not there goes through all modules.
        return _session.PSVariable.GetValue("function:" + function.Name) is ScriptBlock
            ? _session.InvokeCommand.GetCommand(function.Name, CommandTypes.Function | CommandTypes.Filter)
            : null;
    }

    /// <summary>Finds the collections that hold code, or others that do, and puts copies in their place.</summary>
    private void CopyThoseWithCode(object root)
    {
        // Most hold none, and may be large.
        if (!HasCode(root))
        {
            return;
        }

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

    private bool HasCode(object root)
    {
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

                if (Holders.Is(plain) && seen.Add(plain))
                {
                    toVisit.Push(plain);
                }
            }
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
