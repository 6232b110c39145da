using Markdig.Syntax;

namespace AsyncExecutors.Help.Pages;

/// <summary>A heading and what stands below it, up to the next heading of its level.</summary>
/// <param name="Title">The heading as plain text.</param>
/// <param name="Line">The heading's line, from 1.</param>
/// <param name="Blocks">What stands below it, lower headings too.</param>
internal sealed record Section(string Title, int Line, IReadOnlyList<Block> Blocks)
{
    /// <summary>What stands before the first lower heading.</summary>
    internal IEnumerable<Block> Own => Blocks.TakeWhile(static block => block is not HeadingBlock);

    /// <summary>The sections of the next level.</summary>
    internal IReadOnlyList<Section> Parts => Split(Blocks, 3);

    /// <summary>The sections of a level, without what stands before the first.</summary>
    internal static IReadOnlyList<Section> Split(IEnumerable<Block> blocks, int level)
    {
        var sections = new List<Section>();
        List<Block>? current = null;
        foreach (var block in blocks)
        {
            if (block is HeadingBlock heading && heading.Level <= level)
            {
                current = heading.Level == level ? [] : null;
                if (current is not null)
                {
                    sections.Add(new Section(PlainText.Of(heading.Inline), heading.Line + 1, current));
                }
            }
            else
            {
                current?.Add(block);
            }
        }

        return sections;
    }
}
