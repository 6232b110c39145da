using Markdig.Syntax;

namespace AsyncExecutors.Help.Pages;

/// <summary>What a page says of a parameter: text, and a block of facts that must be those of the code.</summary>
internal sealed class ParameterText(Section section)
{
    internal const string DefaultKey = "Default value";

    internal int Line => section.Line;

    internal IEnumerable<string> Description => Paragraphs.Of(section.Blocks.Where(static block => !IsFacts(block)));

    /// <summary>The lines of the block, by what stands before the colon.</summary>
    internal IReadOnlyDictionary<string, string> Facts =>
        section.Blocks.Where(IsFacts).Cast<CodeBlock>().SelectMany(static code => PlainText.Of(code).Split('\n'))
            .Select(static line => line.Split(':', 2, StringSplitOptions.TrimEntries)).Where(static pair => pair.Length == 2)
            .GroupBy(static pair => pair[0]).ToDictionary(static group => group.Key, static group => group.First()[1]);

    private static bool IsFacts(Block block) => block is FencedCodeBlock { Info: "yaml" };
}
