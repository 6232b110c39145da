using System.Text.RegularExpressions;

namespace AsyncExecutors.Help.Pages;

/// <summary>What the page of a cmdlet must have and say.</summary>
internal static partial class CmdletCheck
{
    private const int LeastExamples = 3;

    internal static void Check(CmdletPage page, Problems problems)
    {
        var path = page.Page.Path;
        foreach (var title in CmdletPage.Titles)
        {
            if (page.Page.Find(title) is not { } section)
            {
                problems.Add(path, 1, $"The page has no section {title}.");
            }
            else if (section.Blocks.Count == 0)
            {
                problems.Add(path, section.Line, $"The section {title} is empty.");
            }
        }

        Syntax(page, problems);
        Parameters(page, problems);
        Examples(page, problems);
        Outputs(page, problems);
        if (page.Page.Find("RELATED LINKS") is { } links && !Links.Of(links).Any())
        {
            problems.Add(path, links.Line, "RELATED LINKS has no link.");
        }
    }

    private static void Syntax(CmdletPage page, Problems problems)
    {
        if (page.Page.Find("SYNTAX") is not { } section)
        {
            return;
        }

        var written = section.Blocks.OfType<Markdig.Syntax.CodeBlock>().Select(static code => PlainText.Of(code));
        var actual = string.Join(' ', page.Cmdlet.Syntax);
        if (!Elements(string.Join(' ', written)).SequenceEqual(Elements(actual)))
        {
            problems.Add(page.Page.Path, section.Line, $"The syntax is: {actual}");
        }
    }

    /// <summary>A command's name and its parameters. Those with a name may come in any order.</summary>
    private static IEnumerable<string> Elements(string syntax) => Element().Split(Cmdlets.OneLine(syntax)).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"\s+(?=\[|-)|\s+(?=\w+-\w+\s)")]
    private static partial Regex Element();

    private static void Parameters(CmdletPage page, Problems problems)
    {
        foreach (var parameter in page.Cmdlet.Parameters)
        {
            if (page.Find(parameter) is not { } text || !text.Description.Any())
            {
                var line = page.Page.Find("PARAMETERS")?.Line ?? 1;
                problems.Add(page.Page.Path, line, $"The parameter -{parameter.Name} of {page.Cmdlet.Name} has no documentation. Write a section '### -{parameter.Name}'.");
                continue;
            }

            foreach (var (key, value) in parameter.Lines)
            {
                Fact(page, parameter, text, key, value, problems);
            }
        }

        foreach (var part in page.Parameters.Where(part => !page.Cmdlet.Parameters.Any(parameter => part.Title == "-" + parameter.Name)))
        {
            problems.Add(page.Page.Path, part.Line, $"{page.Cmdlet.Name} has no parameter {part.Title}.");
        }
    }

    private static void Fact(CmdletPage page, ParameterFacts parameter, ParameterText text, string key, string? value, Problems problems)
    {
        // A default that the code does not show is the page's to tell.
        if (key == ParameterText.DefaultKey && value is null && text.Facts.ContainsKey(key))
        {
            return;
        }

        var written = text.Facts.GetValueOrDefault(key);
        if (written != value)
        {
            problems.Add(page.Page.Path, text.Line, $"-{parameter.Name}: '{key}' is '{value ?? "(no line)"}', not '{written ?? "(no line)"}'.");
        }
    }

    private static void Examples(CmdletPage page, Problems problems)
    {
        var examples = page.Examples.ToList();
        var whole = examples.Count(static example => example.HasCode && example.HasOutput);
        if (whole < LeastExamples)
        {
            problems.Add(
                page.Page.Path,
                page.Page.Find("EXAMPLES")?.Line ?? 1,
                $"{page.Cmdlet.Name} has {whole} examples with code (```powershell) and its output (```text); {LeastExamples} is the least.");
        }

        foreach (var example in examples.Where(static example => !example.HasCode))
        {
            problems.Add(page.Page.Path, example.Line, $"'{example.Title}' has no code (```powershell).");
        }
    }

    private static void Outputs(CmdletPage page, Problems problems)
    {
        foreach (var type in page.Cmdlet.OutputTypes.Where(type => page.Parts("OUTPUTS").All(part => part.Title != type)))
        {
            problems.Add(page.Page.Path, page.Page.Find("OUTPUTS")?.Line ?? 1, $"{page.Cmdlet.Name} says it writes {type}. Write a section '### {type}'.");
        }
    }
}
