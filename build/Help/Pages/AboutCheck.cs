namespace AsyncExecutors.Help.Pages;

/// <summary>What an about page must have.</summary>
internal static class AboutCheck
{
    internal const string Short = "SHORT DESCRIPTION";

    /// <summary>The longest short description that fits a line: <c>Get-Help</c> takes one line for its lists.</summary>
    private const int Width = 76;

    internal static void Check(Page page, Problems problems)
    {
        foreach (var title in new[] { Short, "LONG DESCRIPTION" }.Where(title => page.Find(title) is null))
        {
            problems.Add(page.Path, 1, $"The page has no section {title}.");
        }

        if (page.Find(Short) is { } section)
        {
            var text = Paragraphs.Of(section.Blocks).ToList();
            if (text.Count != 1 || text[0].Length > Width)
            {
                problems.Add(page.Path, section.Line, $"{Short} must be one paragraph of at most {Width} characters.");
            }
        }
    }
}
