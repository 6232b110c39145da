using System.Collections;
using System.Management.Automation;

namespace AsyncExecutors.Callers;

/// <summary>What a call's parameters bring into its tasks: <c>-Function</c>, <c>-Variable</c>, <c>-ImportModule</c>.</summary>
internal sealed class CallerState
{
    /// <summary>Nothing.</summary>
    internal static CallerState None { get; } = new();

    /// <summary>Names of functions, wildcards allowed; null for none.</summary>
    internal string[]? FunctionPatterns { get; init; }

    /// <summary>Variables of each task, with their values as <see cref="CallerCode.In"/> gives them.</summary>
    internal IReadOnlyList<(string Name, object? Value)> Variables { get; init; } = [];

    /// <summary>Modules of the runspaces; null for none.</summary>
    internal ModuleImports? Modules { get; init; }

    /// <summary>One list of variables, in which the last of a name counts.</summary>
    internal static List<(string Name, object? Value)> Merge(
        List<(string Name, object? Value)> preferences, IReadOnlyList<PSVariable>? captured, IReadOnlyList<(string Name, object? Value)> given)
    {
        if (captured is null && given.Count == 0)
        {
            return preferences;
        }

        var all = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in preferences.Concat(captured?.Select(static variable => (variable.Name, (object?)variable.Value)) ?? []).Concat(given))
        {
            all[name] = value;
        }

        return [.. all.Select(static variable => (variable.Key, variable.Value))];
    }

    /// <summary>Checks the names of variables, and makes their script blocks ready for other runspaces.</summary>
    /// <exception cref="RuntimeException">A variable of that name cannot be given.</exception>
    internal static IReadOnlyList<(string Name, object? Value)> VariablesOf(IDictionary? variables, PSLanguageMode mode)
    {
        var list = new List<(string, object?)>();
        foreach (DictionaryEntry variable in variables ?? new Hashtable())
        {
            var name = variable.Key.ToString() ?? string.Empty;
            if (name.Length == 0 || name.Contains(':') || Closures.IsAutomatic(name))
            {
                throw Commands.Failures.VariableRefused(name);
            }

            list.Add((name, CallerCode.In(variable.Value, mode)));
        }

        return list;
    }
}
