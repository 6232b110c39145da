using AsyncExecutors.Help;

if (args is not [var manifest, var docs, var help])
{
    Console.Error.WriteLine("Usage: AsyncExecutors.Help <manifest> <folder of the Markdown pages> <folder for the help files>");
    return 2;
}

var problems = new Problems();
HelpBuild.Run(Path.GetFullPath(manifest), Path.GetFullPath(docs), Path.GetFullPath(help), problems);
foreach (var line in problems.Lines)
{
    Console.Error.WriteLine(line);
}

return problems.Lines.Count == 0 ? 0 : 1;
