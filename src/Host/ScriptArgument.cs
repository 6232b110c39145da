using System.Management.Automation.Runspaces;

namespace AsyncExecutors.Host;

/// <summary>Turns words of a command line into parameters, by the rules of <c>pwsh -File</c>. Nothing becomes code.</summary>
internal static class ScriptArgument
{
    /// <summary>Turns the words after the script's name into its parameters.</summary>
    /// <param name="words">The words, as the shell gave them.</param>
    /// <returns>The parameters. A name keeps its dash, so that the engine binds the next word to it where it takes one.</returns>
    public static IReadOnlyList<CommandParameter> Parse(ReadOnlySpan<string> words)
    {
        var parameters = new List<CommandParameter>(words.Length);
        for (var i = 0; i < words.Length; i++)
        {
            var word = words[i];
            var colon = word.IndexOf(':', StringComparison.Ordinal);
            if (!IsName(word))
            {
                parameters.Add(new CommandParameter(null, word));
            }
            else if (colon < 0)
            {
                parameters.Add(new CommandParameter(word));
            }
            else if (colon < word.Length - 1)
            {
                parameters.Add(new CommandParameter(word[..colon], Value(word[(colon + 1)..])));
            }
            else if (i + 1 < words.Length)
            {
                parameters.Add(new CommandParameter(word[..colon], words[++i]));
            }
            else
            {
                parameters.Add(new CommandParameter(word[..colon]));
            }
        }

        return parameters;
    }

    /// <summary>A dash and a letter begin a name; <c>-5</c> is a number and <c>-</c> a value, as in PowerShell's own parser.</summary>
    private static bool IsName(string word) =>
        word.Length > 1 && word[0] == '-' && (char.IsLetter(word[1]) || word[1] is '_' or '?');

    /// <summary>The value of <c>-Name:value</c>: a switch is turned off with <c>-Name:$false</c>.</summary>
    private static object Value(string text) => text.ToUpperInvariant() switch
    {
        "$TRUE" or "TRUE" => true,
        "$FALSE" or "FALSE" => false,
        _ => text,
    };
}
