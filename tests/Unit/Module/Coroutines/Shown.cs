using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace AsyncExecutors.Tests.Module.Coroutines;

/// <summary>Values and errors as text, with what two runs of a program must agree on.</summary>
internal static class Shown
{
    internal static string Value(object? value) => (value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value) switch
    {
        null => "null",
        string text => $"'{text}'",
        bool flag => flag ? "true" : "false",
        int number => number.ToString(CultureInfo.InvariantCulture),
        IDictionary table => "{" + string.Join("; ", Pairs(table)) + "}",
        IList list => $"({string.Join(", ", list.Cast<object?>().Select(Value))})",
        PSObject { BaseObject: PSCustomObject } made => $"[{string.Join("; ", made.Properties.Select(static property => $"{property.Name}={Value(property.Value)}"))}]",
        ErrorRecord record => $"error: {record.Exception.Message}",
        Exception exception => $"{exception.GetType().Name}: {exception.Message}",
        { } other => $"{other.GetType().Name} {string.Format(CultureInfo.InvariantCulture, "{0}", other)}",
    };

    /// <summary>An error with its place and the calls that led to it, as far as they are in the program.</summary>
    /// <param name="record">The error.</param>
    /// <param name="outerCalls">How many calls lead to the program.</param>
    internal static string Error(ErrorRecord record, int outerCalls)
    {
        var calls = (record.ScriptStackTrace ?? string.Empty).ReplaceLineEndings("\n").Split('\n');
        return $"""
            {record.Exception.Message}
              {record.FullyQualifiedErrorId} ({record.CategoryInfo.Category})
              {record.InvocationInfo?.PositionMessage.ReplaceLineEndings("\n  ")}
              {string.Join("\n  ", calls.SkipLast(outerCalls))}
            """;
    }

    private static IEnumerable<string> Pairs(IDictionary table)
    {
        var pairs = table.Cast<DictionaryEntry>().Select(static entry => $"{Value(entry.Key)}={Value(entry.Value)}");
        return table is Hashtable ? pairs.Order(StringComparer.Ordinal) : pairs;
    }
}
