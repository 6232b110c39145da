using Markdig.Syntax;

namespace AsyncExecutors.Help.Pages;

/// <summary>An example: what it is for, code with its output, and what there is to say of it.</summary>
internal sealed class Example(Section section)
{
    private const string OutputMark = "text";
    private const string CodeMark = "powershell";

    internal string Title => section.Title;

    internal int Line => section.Line;

    internal bool HasCode => section.Blocks.Any(static block => IsFence(block, CodeMark));

    internal bool HasOutput => section.Blocks.Any(static block => IsFence(block, OutputMark));

    internal IEnumerable<string> Introduction => Paragraphs.Of(section.Blocks.TakeWhile(static block => block is not CodeBlock));

    /// <summary>All code with its output, as one would see it. Text between two blocks becomes a comment.</summary>
    internal string Code => string.Join("\n\n", section.Blocks.Skip(First).Take(Last - First + 1).Select(static block =>
        block is CodeBlock code ? PlainText.Of(code) : "# " + string.Join("\n# ", Paragraphs.Of([block]))));

    internal IEnumerable<string> Remarks => Paragraphs.Of(section.Blocks.Skip(Last + 1));

    private int First => section.Blocks.TakeWhile(static block => block is not CodeBlock).Count();

    private int Last => section.Blocks.Count - 1 - section.Blocks.Reverse().TakeWhile(static block => block is not CodeBlock).Count();

    private static bool IsFence(Block block, string mark) => block is FencedCodeBlock fence && fence.Info == mark;
}
