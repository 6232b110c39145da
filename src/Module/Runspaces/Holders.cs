using System.Collections;
using System.Collections.ObjectModel;
using System.Collections.Specialized;
using System.Management.Automation;
using System.Reflection;

namespace AsyncExecutors.Runspaces;

/// <summary>Collections and custom objects that may hold script blocks: reads and copies them.</summary>
/// <remarks>
/// Those that scripts make: arrays, lists, tables and their entries, custom objects; and of all objects what was added to them. Not
/// collections that were made for several threads (synchronized or concurrent ones), nor types derived from these, of which nobody knows
/// how they are copied.
/// </remarks>
internal static class Holders
{
    private static readonly HashSet<Type> Plain = [typeof(Hashtable), typeof(ArrayList), typeof(OrderedDictionary), typeof(DictionaryEntry)];

    private static readonly HashSet<Type> Generic = [typeof(List<>), typeof(Dictionary<,>), typeof(Collection<>)];

    private static readonly Type? BoundParameters = typeof(PSObject).Assembly.GetType("System.Management.Automation.PSBoundParametersDictionary");

    private static readonly PropertyInfo EntryValue = typeof(DictionaryEntry).GetProperty(nameof(DictionaryEntry.Value))!;

    /// <summary>False when this does not work with this PowerShell.</summary>
    internal static bool AreAvailable => AddedMembers.AreAvailable && BoundParameters is not null;

    /// <summary>
    /// True for these, and for any other object with members that were added to it: those are exchanged in place, as such an object
    /// cannot be copied.
    /// </summary>
    internal static bool Is(object value) => value is not (ValueType or string) ? IsCopied(value) || AddedMembers.Are(value) : value is DictionaryEntry;

    private static bool IsCopied(object value)
    {
        if (value is PSObject)
        {
            return true;
        }

        var type = value.GetType();
        return type.IsArray ? type.IsSZArray && MayHoldCode(type.GetElementType()!)
            : type.IsGenericType ? Generic.Contains(type.GetGenericTypeDefinition()) && MayHoldCode(type.GenericTypeArguments[^1])
            : type == BoundParameters || (Plain.Contains(type) && value is not OrderedDictionary { IsReadOnly: true });
    }

    /// <summary>What is in it. Of a collection that another thread changes just now, what was there before that.</summary>
    internal static List<object?> ItemsOf(object holder)
    {
        var items = new List<object?>();
        try
        {
            AddedMembers.AddValues(holder, items);
            switch (IsCopied(holder) ? holder : null)
            {
                case DictionaryEntry entry:
                    items.Add(entry.Value);
                    break;
                case IDictionary table:
                    foreach (DictionaryEntry entry in table)
                    {
                        items.Add(entry.Value);
                    }

                    break;
                case IList list:
                    for (var i = 0; i < list.Count; i++)
                    {
                        items.Add(list[i]);
                    }

                    break;
            }
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            // Changed meanwhile.
        }

        return items;
    }

    /// <summary>
    /// A copy, with the type names and members that were added, or the object itself when it is none that is copied; null when another
    /// thread changes it just now.
    /// </summary>
    internal static object? TryCopy(object holder)
    {
        try
        {
            if (holder is PSObject custom)
            {
                return custom.Copy();
            }

            if (!IsCopied(holder) || holder.GetType() == BoundParameters)
            {
                // The parameters belong to one call, and can be made by PowerShell only.
                return holder;
            }

            var copy = holder switch
            {
                DictionaryEntry entry => new DictionaryEntry(entry.Key, entry.Value),
                OrderedDictionary table => Copy(table),
                ICloneable array => array.Clone(),
                IDictionary table => Activator.CreateInstance(table.GetType(), table, table.GetType().GetProperty("Comparer")!.GetValue(table))!,
                _ when holder.GetType().GetGenericTypeDefinition() == typeof(Collection<>) => CopyCollection((IList)holder),
                _ => Activator.CreateInstance(holder.GetType(), holder)!,
            };
            AddedMembers.Copy(holder, copy);
            return copy;
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            return null;
        }
    }

    /// <summary>Puts other things in the place of what is in it; as far as it lets itself be changed.</summary>
    /// <param name="holder">The collection or object.</param>
    /// <param name="with">What takes the place of one thing.</param>
    internal static void Replace(object holder, Func<object?, object?> with)
    {
        try
        {
            Exchange(holder, with);
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            // The rest stays as it is.
        }
    }

    /// <summary>What a collection or object throws that is being changed, or does not let itself be.</summary>
    private static bool IsRefusal(Exception exception) => 
        exception is InvalidOperationException or ArgumentException or InvalidCastException or TargetInvocationException or RuntimeException;

    private static void Exchange(object holder, Func<object?, object?> with)
    {
        switch (IsCopied(holder) ? holder : null)
        {
            case DictionaryEntry entry:
                EntryValue.SetValue(holder, with(entry.Value));
                break;
            case IDictionary table:
                foreach (var key in table.Keys.Cast<object>().ToArray())
                {
                    var item = table[key];
                    if (with(item) is var other && !ReferenceEquals(item, other))
                    {
                        table[key] = other;
                    }
                }

                break;
            case IList list:
                for (var i = 0; i < list.Count; i++)
                {
                    if (with(list[i]) is var other && !ReferenceEquals(list[i], other))
                    {
                        list[i] = other;
                    }
                }

                break;
        }

        AddedMembers.Replace(holder, with);
    }

    /// <summary>Its constructor would keep the list that it is given.</summary>
    private static object CopyCollection(IList collection)
    {
        var copy = (IList)Activator.CreateInstance(collection.GetType())!;
        foreach (var item in collection)
        {
            copy.Add(item);
        }

        return copy;
    }

    private static bool MayHoldCode(Type item) => !item.IsValueType && item != typeof(string);

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
        var keys = table.Keys.OfType<string>().ToArray();
        if (keys.Distinct(StringComparer.CurrentCultureIgnoreCase).Count() < keys.Length)
        {
            return false;
        }

        foreach (var key in keys)
        {
            var other = key.ToUpperInvariant();
            other = other == key ? key.ToLowerInvariant() : other;
            if (other != key)
            {
                return table.Contains(other);
            }
        }

        return true;
    }
}
