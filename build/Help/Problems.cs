namespace AsyncExecutors.Help;

/// <summary>What is wrong with the pages, in the form in which a build shows errors with their file and line.</summary>
internal sealed class Problems
{
    private readonly List<string> _lines = [];

    /// <summary>One line for each problem, by file and line.</summary>
    internal IReadOnlyList<string> Lines => _lines;

    /// <param name="file">The page's path.</param>
    /// <param name="line">The line, from 1.</param>
    /// <param name="text">What is wrong and what to do.</param>
    internal void Add(string file, int line, string text) => _lines.Add($"{file}({line}): error HELP: {text}");
}
