namespace AsyncExecutors.Help.Pages;

/// <summary>The page of a cmdlet, and the cmdlet.</summary>
internal sealed class CmdletPage(Page page, CmdletFacts cmdlet)
{
    private const string CommonParameters = "CommonParameters";

    /// <summary>What every page has, in this order. ERRORS may stand before the links.</summary>
    internal static readonly string[] Titles =
        ["SYNOPSIS", "SYNTAX", "DESCRIPTION", "EXAMPLES", "PARAMETERS", "INPUTS", "OUTPUTS", "RELATED LINKS"];

    internal Page Page => page;

    internal CmdletFacts Cmdlet => cmdlet;

    internal IEnumerable<string> Text(string title) => page.Find(title) is { } section ? Paragraphs.Of(section.Blocks) : [];

    internal IReadOnlyList<Section> Parts(string title) => page.Find(title)?.Parts ?? [];

    internal IEnumerable<Example> Examples => Parts("EXAMPLES").Select(static part => new Example(part));

    /// <summary>The sections of the parameters, without that of the common ones.</summary>
    internal IEnumerable<Section> Parameters => Parts("PARAMETERS").Where(static part => part.Title != CommonParameters);

    internal ParameterText? Find(ParameterFacts parameter) =>
        Parameters.FirstOrDefault(part => part.Title == "-" + parameter.Name) is { } section ? new ParameterText(section) : null;
}
