using System.Globalization;
using Markdig.Extensions.Tables;
using Markdig.Syntax;

namespace AsyncExecutors.Help.Pages;

/// <summary>Markdown as the paragraphs of a cmdlet's help, which PowerShell breaks into lines as wide as the window.</summary>
internal static class Paragraphs
{
    internal static IEnumerable<string> Of(IEnumerable<Block> blocks) => blocks.Select(Of).Where(static text => text.Length != 0);

    private static string Of(Block block) => block switch
    {
        HeadingBlock heading => PlainText.Of(heading.Inline),
        ParagraphBlock paragraph => PlainText.Of(paragraph.Inline),
        CodeBlock code => string.Join('\n', PlainText.Of(code).Split('\n').Select(static line => "    " + line)),
        Table table => string.Join('\n', Rows(PlainText.Rows(table))),
        ListBlock list => string.Join('\n', PlainText.Items(list).Select((item, index) => Mark(list, index) + item)),
        _ => string.Empty,
    };

    internal static string Mark(ListBlock list, int index) =>
        list.IsOrdered ? string.Create(CultureInfo.InvariantCulture, $"{index + 1}. ") : "- ";

    /// <summary>A row a line: the first cell, and what the others say of it.</summary>
    private static IEnumerable<string> Rows(List<string[]> rows) =>
        rows.Skip(1).Select(static row => $"- {Line(row)}").Prepend($"({Line(rows[0])})").Skip(rows[0].Contains(string.Empty) ? 1 : 0);

    private static string Line(string[] row) => $"{row[0]}: {string.Join("; ", row.Skip(1))}";
}
