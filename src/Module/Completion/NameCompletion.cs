using System.Management.Automation;
using System.Management.Automation.Language;

namespace AsyncExecutors.Completion;

/// <summary>What completers of names share.</summary>
internal static class NameCompletion
{
    /// <summary>The names that begin with the word, as the user may go on with them.</summary>
    internal static IEnumerable<CompletionResult> Of(IEnumerable<(string Name, string ToolTip)> names, string? word)
    {
        var pattern = new WildcardPattern(PatternOf(word), WildcardOptions.IgnoreCase);
        return [.. from name in names
                   where pattern.IsMatch(name.Name)
                   select new CompletionResult(Quoted(name.Name), name.Name, CompletionResultType.ParameterValue, name.ToolTip)];
    }

    /// <summary>The word, which may be quoted already, with anything behind it.</summary>
    internal static string PatternOf(string? word) => (word ?? string.Empty).Trim('\'', '"') + "*";

    private static string Quoted(string name) => name.Length > 0 && name.All(static c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or ':')
        ? name
        : $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'";
}
