using System.Collections;
using System.Collections.Specialized;
using System.Linq.Expressions;
using System.Management.Automation;
using System.Reflection;

namespace AsyncExecutors.Runspaces;

/// <summary>Collections and custom objects that may hold script blocks: reads and copies them.</summary>
/// <remarks>
/// Those that scripts make: arrays, lists, tables, custom objects with what was added to them. Not those that were made for several
/// threads (synchronized or concurrent ones), nor types derived from these, of which nobody knows how they are copied.
/// </remarks>
internal static class Holders
{
    private const BindingFlags Internal = BindingFlags.Instance | BindingFlags.NonPublic;

    /// <summary>The members that an object has of its own; the public way asks for all that its type has, too, which takes 20 times as long.</summary>
    private static readonly Func<PSObject, IEnumerable<PSMemberInfo>>? OwnMembers = Compile<PSMemberInfo>("InstanceMembers");

    /// <summary>The public way marks the type for good as one whose objects have their own, and assignments of it become slower.</summary>
    private static readonly Func<PSObject, IEnumerable<string>>? TypeNames = Compile<string>("InternalTypeNames");

    private static readonly Type? BoundParameters = typeof(PSObject).Assembly.GetType("System.Management.Automation.PSBoundParametersDictionary");

    /// <summary>False when this does not work with this PowerShell.</summary>
    internal static bool AreAvailable => OwnMembers is not null && TypeNames is not null && BoundParameters is not null;

    internal static bool Is(object value) => value switch
    {
        PSObject => true,
        object?[] array => MayHoldCode(array.GetType().GetElementType()!),
        Hashtable table => table.GetType() == typeof(Hashtable),
        ArrayList list => list.GetType() == typeof(ArrayList),
        OrderedDictionary table => table.GetType() == typeof(OrderedDictionary) && !table.IsReadOnly,
        _ => value.GetType() is var type && (type == BoundParameters || (type.IsGenericType && type.GetGenericTypeDefinition() is var definition
            && (definition == typeof(List<>) || definition == typeof(Dictionary<,>)) && MayHoldCode(type.GenericTypeArguments[^1]))),
    };

    /// <summary>What is in it. Of a collection that another thread changes just now, what was there before that.</summary>
    internal static List<object?> ItemsOf(object holder)
    {
        var items = new List<object?>();
        try
        {
            switch (holder)
            {
                case PSObject custom:
                    foreach (var member in OwnMembers!(custom))
                    {
                        AddCode(member, items);
                    }

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
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            // Changed meanwhile.
        }

        return items;
    }

    /// <summary>A copy, with the type names and members that were added; null when another thread changes it just now.</summary>
    internal static object? TryCopy(object holder)
    {
        try
        {
            if (holder is PSObject custom)
            {
                return custom.Copy();
            }

            if (holder.GetType() == BoundParameters)
            {
                // It belongs to one call, and can be made by PowerShell only.
                return holder;
            }

            var copy = holder switch
            {
                OrderedDictionary table => Copy(table),
                ICloneable array => array.Clone(),
                IDictionary table => Activator.CreateInstance(table.GetType(), table, table.GetType().GetProperty("Comparer")!.GetValue(table))!,
                _ => Activator.CreateInstance(holder.GetType(), holder)!,
            };
            CopyMembers(PSObject.AsPSObject(holder), PSObject.AsPSObject(copy));
            return copy;
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or TargetInvocationException or RuntimeException)
        {
            return null;
        }
    }

    /// <summary>Puts other things in the place of what is in it. Nobody else may have it.</summary>
    /// <param name="holder">The collection or object.</param>
    /// <param name="with">What takes the place of one thing.</param>
    internal static void Replace(object holder, Func<object?, object?> with)
    {
        switch (holder)
        {
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

        var added = PSObject.AsPSObject(holder);
        foreach (var member in OwnMembers!(added).ToArray())
        {
            Replace(added, member, with);
        }
    }

    private static void Replace(PSObject of, PSMemberInfo member, Func<object?, object?> with)
    {
        switch (member)
        {
            case PSNoteProperty { IsSettable: true } note when with(note.Value) is var value && !ReferenceEquals(value, note.Value):
                note.Value = value;
                break;
            case PSScriptMethod method when with(method.Script) is ScriptBlock script && script != method.Script:
                Exchange(of, new PSScriptMethod(method.Name, script));
                break;
            case PSScriptProperty property:
                var (getter, setter) = ((ScriptBlock?)with(property.GetterScript), (ScriptBlock?)with(property.SetterScript));
                if (getter != property.GetterScript || setter != property.SetterScript)
                {
                    Exchange(of, new PSScriptProperty(property.Name, getter, setter));
                }

                break;
        }
    }

    private static void Exchange(PSObject of, PSMemberInfo member)
    {
        of.Members.Remove(member.Name);
        of.Members.Add(member);
    }

    private static void AddCode(PSMemberInfo member, List<object?> items)
    {
        switch (member)
        {
            case PSNoteProperty note:
                items.Add(note.Value);
                break;
            case PSScriptMethod method:
                items.Add(method.Script);
                break;
            case PSScriptProperty property:
                items.Add(property.GetterScript);
                items.Add(property.SetterScript);
                break;
        }
    }

    private static void CopyMembers(PSObject from, PSObject to)
    {
        foreach (var member in OwnMembers!(from).ToArray())
        {
            if (member is PSNoteProperty or PSScriptMethod or PSScriptProperty or PSAliasProperty)
            {
                to.Members.Add(member.Copy());
            }
        }

        var names = TypeNames!(from).ToArray();
        if (!names.SequenceEqual(TypeNames(to)))
        {
            to.TypeNames.Clear();
            Array.ForEach(names, to.TypeNames.Add);
        }
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

    private static Func<PSObject, IEnumerable<T>>? Compile<T>(string name)
    {
        var property = typeof(PSObject).GetProperty(name, Internal);
        if (property is null || !property.PropertyType.IsAssignableTo(typeof(IEnumerable<T>)))
        {
            return null;
        }

        var of = Expression.Parameter(typeof(PSObject));
        return Expression.Lambda<Func<PSObject, IEnumerable<T>>>(Expression.Property(of, property), of).Compile();
    }
}
