using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Internal;

namespace AsyncExecutors.Coroutines;

/// <summary>Objects as PowerShell passes them on.</summary>
internal static class Values
{
    /// <summary>Writes an object; what stands for no output writes nothing.</summary>
    internal static void Write(IList output, object? item)
    {
        if (item == AutomationNull.Value)
        {
            return;
        }

        if (output is List<object?> list)
        {
            list.Add(item);
        }
        else
        {
            output.Add(item is null ? null : PSObject.AsPSObject(item));
        }
    }

    /// <summary>Writes objects one after the other.</summary>
    internal static void Write(IList output, List<object?> items)
    {
        foreach (var item in items)
        {
            Write(output, item);
        }
    }

    /// <summary>Writes as cmdlets do: the items of a collection, or the object.</summary>
    internal static void WriteItems(IList output, object? value)
    {
        if (LanguagePrimitives.GetEnumerator(value) is not { } items)
        {
            Write(output, value);
            return;
        }

        using (items as IDisposable)
        {
            while (items.MoveNext())
            {
                Write(output, items.Current);
            }
        }
    }

    /// <summary>The output of a pipeline as a value: nothing, the one object, or an array.</summary>
    internal static object? Collected(List<object?> output) => output.Count switch
    {
        0 => AutomationNull.Value,
        1 => output[0],
        _ => output.ToArray(),
    };
}
