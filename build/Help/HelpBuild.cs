using AsyncExecutors.Help.Output;
using AsyncExecutors.Help.Pages;

namespace AsyncExecutors.Help;

/// <summary>Reads the pages, checks them against the cmdlets, and writes the help files.</summary>
internal static class HelpBuild
{
    /// <summary>Writes nothing when a page is wrong.</summary>
    internal static void Run(string manifest, string docs, string help, Problems problems)
    {
        var pages = Directory.GetFiles(docs, "*.md").Order(StringComparer.Ordinal).Select(Page.Read).ToList();
        foreach (var page in pages)
        {
            Links.Check(page, problems);
        }

        var cmdlets = Cmdlets.Of(manifest);
        var documented = Match(cmdlets, pages, docs, problems);
        var about = pages.Where(static page => page.Name.StartsWith("about_", StringComparison.Ordinal)).ToList();
        foreach (var page in about)
        {
            AboutCheck.Check(page, problems);
        }

        if (problems.Lines.Count != 0)
        {
            return;
        }

        Directory.CreateDirectory(help);
        foreach (var page in about)
        {
            File.WriteAllText(Path.Combine(help, page.Name + ".help.txt"), AboutText.Of(page));
        }

        // Last, because a build takes its time for that of all.
        Maml.Write(Path.Combine(help, "AsyncExecutors.dll-Help.xml"), documented);
    }

    private static List<CmdletPage> Match(IReadOnlyList<CmdletFacts> cmdlets, List<Page> pages, string docs, Problems problems)
    {
        var documented = new List<CmdletPage>();
        foreach (var cmdlet in cmdlets)
        {
            if (pages.Find(page => page.Name == cmdlet.Name) is { } page)
            {
                var cmdletPage = new CmdletPage(page, cmdlet);
                CmdletCheck.Check(cmdletPage, problems);
                documented.Add(cmdletPage);
            }
            else
            {
                problems.Add(Path.Combine(docs, cmdlet.Name + ".md"), 1, $"The cmdlet {cmdlet.Name} has no documentation. Write this page.");
            }
        }

        foreach (var page in pages.Where(page => page.IsCmdletPage && !cmdlets.Any(cmdlet => cmdlet.Name == page.Name)))
        {
            problems.Add(page.Path, 1, $"The module has no cmdlet {page.Name}.");
        }

        return documented;
    }
}
