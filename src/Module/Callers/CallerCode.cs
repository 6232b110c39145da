using System.Collections;
using System.Collections.Specialized;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace AsyncExecutors.Callers;

/// <summary>
/// A value of the caller's that is a script block, or an array, table or custom object that directly holds some. Each loop
/// makes its own of it: a block belongs to the runspace it was made in, and may be called on that one's thread only.
/// </summary>
/// <remarks>Thread safety: immutable. Made by the pipeline's thread, bound by loops'.</remarks>
internal abstract class CallerCode
{
    /// <summary>The value as the caller has it.</summary>
    internal abstract object Original { get; }

    /// <summary>The code of its blocks.</summary>
    internal abstract IEnumerable<Ast> Code { get; }

    /// <summary>The value with its blocks bound to the runspace of the calling thread.</summary>
    internal abstract object Bind(LoopBlocks blocks);

    /// <summary>What stands for a value in tasks: the value itself, when it holds no block.</summary>
    /// <param name="value">The value.</param>
    /// <param name="mode">The language mode of the tasks.</param>
    /// <exception cref="RuntimeException">A block was made in another language mode.</exception>
    internal static object? In(object? value, PSLanguageMode mode) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        ScriptBlock block => new CallerBlock(block, value!, mode),
        object?[] array when MayHoldBlocks(array) && Array.Exists(array, IsBlock) => new Items(array, mode),
        Hashtable table when HoldsBlocks(table) => new Table(table, mode, static original => (IDictionary)((Hashtable)original).Clone()),
        OrderedDictionary table when HoldsBlocks(table) => new Table(table, mode, Copy),
        PSCustomObject when value is PSObject custom && PropertiesHoldBlocks(custom) => new CustomObject(custom, mode),
        _ => value,
    };

    /// <summary>The code of the blocks among values that tasks are given.</summary>
    internal static IEnumerable<Ast> CodeOf(IEnumerable<object?> values) => values.OfType<CallerCode>().SelectMany(static value => value.Code);

    private static bool IsBlock(object? item) => item is ScriptBlock or PSObject { BaseObject: ScriptBlock };

    private static bool HoldsBlocks(IDictionary table)
    {
        foreach (DictionaryEntry entry in table)
        {
            if (IsBlock(entry.Value))
            {
                return true;
            }
        }

        return false;
    }

    private static bool PropertiesHoldBlocks(PSObject value) => value.Properties.Any(static property => property is PSNoteProperty && IsBlock(property.Value));

    private static bool MayHoldBlocks(object?[] array)
    {
        var type = array.GetType().GetElementType();
        return type == typeof(object) || type == typeof(ScriptBlock) || type == typeof(PSObject);
    }

    private static IDictionary Copy(IDictionary original)
    {
        var copy = new OrderedDictionary(original.Count, StringComparer.CurrentCultureIgnoreCase);
        foreach (DictionaryEntry entry in original)
        {
            copy[entry.Key] = entry.Value;
        }

        return copy;
    }

    private sealed class Items(object?[] items, PSLanguageMode mode) : CallerCode
    {
        private readonly object?[] _items = Array.ConvertAll(items, item => IsBlock(item) ? In(item, mode) : item);

        internal override object Original => items;

        internal override IEnumerable<Ast> Code => CodeOf(_items);

        internal override object Bind(LoopBlocks blocks)
        {
            var copy = Array.CreateInstance(items.GetType().GetElementType()!, _items.Length);
            for (var i = 0; i < _items.Length; i++)
            {
                var item = blocks.Bind(_items[i]);
                copy.SetValue(items is PSObject[] ? PSObject.AsPSObject(item) : item, i);
            }

            return copy;
        }
    }

    private sealed class Table(IDictionary original, PSLanguageMode mode, Func<IDictionary, IDictionary> copyOf) : CallerCode
    {
        private readonly List<(object Key, object? Code)> _blocks =
        [
            .. from entry in original.Cast<DictionaryEntry>()
               where IsBlock(entry.Value)
               select (entry.Key, In(entry.Value, mode)),
        ];

        internal override object Original => original;

        internal override IEnumerable<Ast> Code => CodeOf(_blocks.Select(static block => block.Code));

        internal override object Bind(LoopBlocks blocks)
        {
            var copy = copyOf(original);
            foreach (var (key, code) in _blocks)
            {
                copy[key] = blocks.Bind(code);
            }

            return copy;
        }
    }

    private sealed class CustomObject(PSObject original, PSLanguageMode mode) : CallerCode
    {
        private readonly List<(string Name, object? Code)> _blocks =
        [
            .. from property in original.Properties
               where property is PSNoteProperty && IsBlock(property.Value)
               select (property.Name, In(property.Value, mode)),
        ];

        internal override object Original => original;

        internal override IEnumerable<Ast> Code => CodeOf(_blocks.Select(static block => block.Code));

        internal override object Bind(LoopBlocks blocks)
        {
            var copy = original.Copy();
            foreach (var (name, code) in _blocks)
            {
                copy.Properties[name].Value = blocks.Bind(code);
            }

            return copy;
        }
    }
}
