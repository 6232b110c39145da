namespace AsyncExecutors.Help.Output;

/// <summary>Text in columns of a given width.</summary>
internal static class Columns
{
    private const string Gap = "  ";

    /// <summary>Lines no wider than asked, broken at spaces. A longer word has a line of its own.</summary>
    internal static IEnumerable<string> Wrap(string text, int width)
    {
        var line = string.Empty;
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length != 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = word;
            }
            else
            {
                line = line.Length == 0 ? word : $"{line} {word}";
            }
        }

        yield return line;
    }

    /// <summary>A table. Columns that are too wide are broken into lines, and the rows then stand apart.</summary>
    internal static IEnumerable<string> Of(List<string[]> rows, int width)
    {
        var widths = Widths(rows, width);
        var isApart = rows.Any(row => row.Where((cell, column) => cell.Length > widths[column]).Any());
        for (var row = 0; row < rows.Count; row++)
        {
            if (row == 0 && rows[row].All(string.IsNullOrEmpty))
            {
                continue;
            }

            foreach (var line in Row(rows[row], widths))
            {
                yield return line;
            }

            if (row == 0)
            {
                yield return Line(rows[row].Select((cell, column) => new string('-', Math.Min(cell.Length, widths[column]))), widths);
            }
            else if (isApart && row < rows.Count - 1)
            {
                yield return string.Empty;
            }
        }
    }

    /// <summary>The widths that all cells would need; as long as that is too much, the widest column gives.</summary>
    private static int[] Widths(List<string[]> rows, int width)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        while (widths.Sum() + (Gap.Length * (widths.Length - 1)) > width)
        {
            widths[Array.IndexOf(widths, widths.Max())]--;
        }

        return widths;
    }

    private static IEnumerable<string> Row(string[] cells, int[] widths)
    {
        var wrapped = cells.Select((cell, column) => Wrap(cell, widths[column]).ToArray()).ToArray();
        for (var line = 0; line < wrapped.Max(static lines => lines.Length); line++)
        {
            yield return Line(wrapped.Select(lines => line < lines.Length ? lines[line] : string.Empty), widths);
        }
    }

    private static string Line(IEnumerable<string> cells, int[] widths) =>
        string.Join(Gap, cells.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd();
}
