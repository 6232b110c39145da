using System.Text;
using AsyncExecutors.Help.Pages;
using Markdig.Extensions.Tables;
using Markdig.Syntax;

namespace AsyncExecutors.Help.Output;

/// <summary>An about page as text for a console of 80 columns.</summary>
internal static class AboutText
{
    private const int Width = 80;
    private const string Indent = "    ";
    private const string CodeIndent = Indent + Indent;

    /// <summary>
    /// The first lines are the topic, an empty line, and the short description: <c>Get-Help about_*</c> shows the fifth.
    /// </summary>
    internal static string Of(Page page)
    {
        var text = new StringBuilder("TOPIC\n").Append(Indent).Append(page.Name).Append('\n');
        foreach (var section in page.Sections)
        {
            text.Append('\n').Append(section.Title).Append('\n');
            var isFirst = true;
            foreach (var block in section.Blocks)
            {
                // A heading starts a part; the line below it needs none before it.
                text.Append(isFirst ? string.Empty : "\n");
                foreach (var line in Of(block))
                {
                    text.Append(line.TrimEnd()).Append('\n');
                }

                isFirst = block is HeadingBlock;
            }
        }

        return text.ToString();
    }

    private static IEnumerable<string> Of(Block block) => block switch
    {
        HeadingBlock heading => ["  " + PlainText.Of(heading.Inline)],
        ParagraphBlock paragraph => Columns.Wrap(PlainText.Of(paragraph.Inline), Width - Indent.Length).Select(static line => Indent + line),
        CodeBlock code => PlainText.Of(code).Split('\n').Select(static line => CodeIndent + line),
        Table table => Columns.Of(PlainText.Rows(table), Width - Indent.Length).Select(static line => Indent + line),
        ListBlock list => PlainText.Items(list).SelectMany((item, index) => Item(Paragraphs.Mark(list, index), item)),
        _ => [],
    };

    private static IEnumerable<string> Item(string mark, string text) => Columns.Wrap(text, Width - Indent.Length - mark.Length)
        .Select((line, index) => Indent + (index == 0 ? mark : new string(' ', mark.Length)) + line);
}
