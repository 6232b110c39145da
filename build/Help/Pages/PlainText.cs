using System.Text;
using Markdig.Extensions.Tables;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace AsyncExecutors.Help.Pages;

/// <summary>Markdown as it reads without its marks.</summary>
internal static class PlainText
{
    /// <summary>A line of text: no marks, and of links only what they are called.</summary>
    internal static string Of(Inline? inline)
    {
        var text = new StringBuilder();
        Append(text, inline);
        return text.ToString();
    }

    /// <summary>The text of a code block, without the fences.</summary>
    internal static string Of(CodeBlock code) => code.Lines.ToString().TrimEnd();

    /// <summary>The cells of a table, row by row.</summary>
    internal static List<string[]> Rows(Table table) =>
        [.. table.OfType<TableRow>().Select(static row => row.OfType<TableCell>()
            .Select(static cell => string.Join(' ', cell.OfType<ParagraphBlock>().Select(static paragraph => Of(paragraph.Inline)))).ToArray())];

    /// <summary>The items of a list.</summary>
    internal static IEnumerable<string> Items(ListBlock list) =>
        list.OfType<ListItemBlock>().Select(static item => string.Join(' ', item.OfType<ParagraphBlock>().Select(static paragraph => Of(paragraph.Inline))));

    private static void Append(StringBuilder text, Inline? inline)
    {
        switch (inline)
        {
            case LiteralInline literal:
                text.Append(literal.Content.AsSpan());
                break;
            case CodeInline code:
                text.Append(code.Content);
                break;
            case LineBreakInline:
                text.Append(' ');
                break;
            case HtmlEntityInline entity:
                text.Append(entity.Transcoded.AsSpan());
                break;
            case AutolinkInline link:
                text.Append(link.Url);
                break;
            case ContainerInline container:
                foreach (var child in container)
                {
                    Append(text, child);
                }

                break;
            default:
                break;
        }
    }
}
