using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace AsyncExecutors.Help.Pages;

/// <summary>The links of a page to other files.</summary>
internal static class Links
{
    /// <summary>Every link to a file must lead to one.</summary>
    internal static void Check(Page page, Problems problems)
    {
        foreach (var link in page.Document.Descendants<LinkInline>())
        {
            var target = (link.Url ?? string.Empty).Split('#')[0];
            if (target.Length != 0 && !target.Contains("://", StringComparison.Ordinal)
                && !Path.Exists(Path.Combine(Path.GetDirectoryName(page.Path)!, Uri.UnescapeDataString(target))))
            {
                problems.Add(page.Path, link.Line + 1, $"There is no {target} to link to.");
            }
        }
    }

    internal static IEnumerable<LinkInline> Of(Section section) => section.Blocks.SelectMany(static block => block.Descendants<LinkInline>());
}
