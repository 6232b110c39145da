using System.Linq.Expressions;
using System.Management.Automation;
using System.Reflection;

namespace AsyncExecutors.Runspaces;

/// <summary>Members and type names that a script has added to an object: reads and copies them, with the script blocks in them.</summary>
/// <remarks>
/// The public way asks for all members that the object's type has, too, which takes 20 times as long, and marks the type for good as
/// one whose objects have their own, which makes assignments of them slower. What is used has been the same since PowerShell 7.0.
/// </remarks>
internal static class AddedMembers
{
    private const BindingFlags Internal = BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic;

    private static readonly Func<object, IEnumerable<PSMemberInfo>?>? Find = CompileFind();
    private static readonly Func<PSObject, IEnumerable<string>>? TypeNames = CompileTypeNames();

    /// <summary>False when this does not work with this PowerShell.</summary>
    internal static bool AreAvailable => Find is not null && TypeNames is not null;

    /// <summary>True when an object has some.</summary>
    internal static bool Are(object of) => Find!(of) is not null;

    /// <summary>Adds what may be code, or hold some.</summary>
    internal static void AddValues(object of, List<object?> values)
    {
        foreach (var member in Find!(of) ?? [])
        {
            switch (member)
            {
                case PSVariableProperty:
                    // Its variable is somebody else's.
                    break;
                case PSNoteProperty note:
                    values.Add(note.Value);
                    break;
                case PSScriptMethod method:
                    values.Add(method.Script);
                    break;
                case PSScriptProperty property:
                    values.Add(property.GetterScript);
                    values.Add(property.SetterScript);
                    break;
            }
        }
    }

    /// <summary>Adds members and type names of one object to another.</summary>
    internal static void Copy(object from, object to)
    {
        var copy = PSObject.AsPSObject(to);
        foreach (var member in Find!(from) ?? [])
        {
            if (member is PSNoteProperty or PSScriptMethod or PSScriptProperty or PSAliasProperty)
            {
                copy.Members.Add(member.Copy());
            }
        }

        var names = TypeNames!(PSObject.AsPSObject(from)).ToArray();
        if (!names.SequenceEqual(TypeNames(copy)))
        {
            copy.TypeNames.Clear();
            Array.ForEach(names, copy.TypeNames.Add);
        }
    }

    /// <summary>Puts other things in the place of what the members hold.</summary>
    internal static void Replace(object of, Func<object?, object?> with)
    {
        PSMemberInfo[] members = [.. Find!(of) ?? []];
        var others = Array.ConvertAll(members, member => Replaced(member, with));
        var same = members.Zip(others).TakeWhile(static pair => pair.First == pair.Second).Count();
        if (same < members.Length)
        {
            // With all behind the first that is another: members have an order.
            var to = PSObject.AsPSObject(of).Members;
            Array.ForEach(members[same..], member => to.Remove(member.Name));
            Array.ForEach(others[same..], to.Add);
        }
    }

    /// <summary>A member in the place of one; the same where its value could be exchanged, or stays.</summary>
    private static PSMemberInfo Replaced(PSMemberInfo member, Func<object?, object?> with)
    {
        switch (member)
        {
            case PSVariableProperty:
                return member;
            case PSNoteProperty { IsSettable: true } note:
                if (with(note.Value) is var value && !ReferenceEquals(value, note.Value))
                {
                    note.Value = value;
                }

                return note;
            case PSScriptMethod method:
                return with(method.Script) is ScriptBlock script && script != method.Script ? new PSScriptMethod(method.Name, script) : method;
            case PSScriptProperty property:
                var (getter, setter) = ((ScriptBlock?)with(property.GetterScript), (ScriptBlock?)with(property.SetterScript));
                return getter == property.GetterScript && setter == property.SetterScript ? property : new PSScriptProperty(property.Name, getter, setter);
            default:
                return member;
        }
    }

    private static Func<object, IEnumerable<PSMemberInfo>?>? CompileFind()
    {
        var find = typeof(PSObject).GetMethod("HasInstanceMembers", Internal);
        if (find?.GetParameters() is not [{ ParameterType: var of }, { ParameterType: { IsByRef: true } members }] || of != typeof(object)
            || !members.GetElementType()!.IsAssignableTo(typeof(IEnumerable<PSMemberInfo>)))
        {
            return null;
        }

        var value = Expression.Parameter(typeof(object));
        var found = Expression.Variable(members.GetElementType()!);
        var result = Expression.Convert(found, typeof(IEnumerable<PSMemberInfo>));
        return Expression.Lambda<Func<object, IEnumerable<PSMemberInfo>?>>(
            Expression.Block([found], Expression.Call(find, value, found), result), value).Compile();
    }

    private static Func<PSObject, IEnumerable<string>>? CompileTypeNames()
    {
        var names = typeof(PSObject).GetProperty("InternalTypeNames", Internal);
        if (names is null || !names.PropertyType.IsAssignableTo(typeof(IEnumerable<string>)))
        {
            return null;
        }

        var of = Expression.Parameter(typeof(PSObject));
        return Expression.Lambda<Func<PSObject, IEnumerable<string>>>(Expression.Property(of, names), of).Compile();
    }
}
