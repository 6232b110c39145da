using Markdig;
using Markdig.Syntax;

namespace AsyncExecutors.Help.Pages;

/// <summary>A page of the documentation: its second-level headings with what stands below each.</summary>
internal sealed class Page
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().Build();

    private Page(string path, MarkdownDocument document)
    {
        Path = path;
        Document = document;
        Sections = Section.Split(document, 2);
    }

    internal string Path { get; }

    internal string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>True for the page of a cmdlet: its name is a verb and a noun.</summary>
    internal bool IsCmdletPage => Name.Contains('-', StringComparison.Ordinal) && char.IsUpper(Name[0]);

    internal MarkdownDocument Document { get; }

    internal IReadOnlyList<Section> Sections { get; }

    internal static Page Read(string path) => new(path, Markdown.Parse(File.ReadAllText(path), Pipeline));

    internal Section? Find(string title) => Sections.FirstOrDefault(section => section.Title == title);
}
