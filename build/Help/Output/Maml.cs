using System.Xml.Linq;
using AsyncExecutors.Help.Pages;

namespace AsyncExecutors.Help.Output;

/// <summary>Writes cmdlet help in the form that <c>Get-Help</c> reads: MAML.</summary>
internal static class Maml
{
    private static readonly XNamespace Help = "http://msh";
    private static readonly XNamespace Text = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>Without it the next example's title follows a remark at once.</summary>
    private static readonly string[] NoText = [string.Empty, string.Empty];

    internal static void Write(string path, IEnumerable<CmdletPage> pages)
    {
        var root = new XElement(Help + "helpItems", new XAttribute("schema", "maml"), pages.Select(Of));
        new XDocument(root).Save(path);
    }

    private static XElement Of(CmdletPage page)
    {
        var name = page.Cmdlet.Name;
        var verb = name.Split('-');
        return new XElement(
            Command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", Text),
            new XAttribute(XNamespace.Xmlns + "command", Command),
            new XAttribute(XNamespace.Xmlns + "dev", Dev),
            new XElement(
                Command + "details",
                new XElement(Command + "name", name),
                new XElement(Command + "verb", verb[0]),
                new XElement(Command + "noun", verb[1]),
                Description(page.Text("SYNOPSIS"))),
            Description(page.Text("DESCRIPTION")),
            new XElement(Command + "syntax", page.Cmdlet.Sets.Select(set => SyntaxItem(page, set))),
            new XElement(Command + "parameters", page.Cmdlet.Parameters
                .OrderBy(static parameter => parameter.Name, StringComparer.Ordinal)
                .Select(parameter => Parameter(page, parameter, parameter.Required.StartsWith("True", StringComparison.Ordinal), parameter.Position))),
            new XElement(Command + "inputTypes", Typed("inputType", page, "INPUTS")),
            new XElement(Command + "returnValues", Typed("returnValue", page, "OUTPUTS")),
            new XElement(Text + "alertSet", new XElement(Text + "alert", Lines(page.Text("ERRORS")))),
            new XElement(Command + "examples", page.Examples.Select(Example)),
            new XElement(Command + "relatedLinks", Links.Of(page.Page.Find("RELATED LINKS")!).Select(Link)));
    }

    private static XElement SyntaxItem(CmdletPage page, System.Management.Automation.CommandParameterSetInfo set)
    {
        var item = new XElement(Command + "syntaxItem", new XElement(Text + "name", page.Cmdlet.Name));
        foreach (var given in set.Parameters.OrderBy(static parameter => parameter.Position < 0 ? int.MaxValue : parameter.Position))
        {
            if (page.Cmdlet.Parameters.FirstOrDefault(parameter => parameter.Name == given.Name) is { } parameter)
            {
                var position = given.Position < 0 ? "Named" : $"{given.Position}";
                item.Add(Parameter(page, parameter, given.IsMandatory, position));
            }
        }

        return item;
    }

    private static XElement Parameter(CmdletPage page, ParameterFacts parameter, bool isRequired, string position)
    {
        var text = page.Find(parameter)!;
        var value = parameter.Default ?? text.Facts.GetValueOrDefault(ParameterText.DefaultKey, "None");
        return new XElement(
            Command + "parameter",
            new XAttribute("required", isRequired),
            new XAttribute("variableLength", parameter.Type.IsArray),
            new XAttribute("globbing", parameter.TakesWildcards),
            new XAttribute("pipelineInput", parameter.PipelineInput),
            new XAttribute("position", position),
            new XAttribute("aliases", parameter.Aliases.Length == 0 ? "none" : parameter.Aliases),
            new XElement(Text + "name", parameter.Name),
            Description(text.Description),
            parameter.IsSwitch ? null : new XElement(
                Command + "parameterValue", new XAttribute("required", true), new XAttribute("variableLength", false), parameter.Type.Name),
            TypeName(parameter.Type.FullName ?? parameter.Type.Name),
            new XElement(Dev + "defaultValue", value));
    }

    /// <summary>A type for each heading, or what the section says when it names none.</summary>
    private static IEnumerable<XElement> Typed(string element, CmdletPage page, string title) => page.Parts(title) is { Count: > 0 } parts
        ? parts.Select(part => new XElement(Command + element, TypeName(part.Title), Description(Paragraphs.Of(part.Blocks))))
        : [new XElement(Command + element, TypeName(string.Join(' ', page.Text(title))))];

    private static XElement TypeName(string name) => new(Dev + "type", new XElement(Text + "name", name), new XElement(Text + "uri"));

    private static XElement Example(Example example) => new(
        Command + "example",
        new XElement(Text + "title", $"---------- {example.Title} ----------"),
        new XElement(Text + "introduction", Lines(example.Introduction)),
        new XElement(Dev + "code", example.Code),
        new XElement(Dev + "remarks", Lines(example.Remarks), Lines(NoText)));

    private static XElement Link(Markdig.Syntax.Inlines.LinkInline link) => new(
        Text + "navigationLink",
        new XElement(Text + "linkText", PlainText.Of(link)),
        new XElement(Text + "uri", link.Url!.Contains("://", StringComparison.Ordinal) ? link.Url : string.Empty));

    private static XElement Description(IEnumerable<string> paragraphs) => new(Text + "description", Lines(paragraphs));

    private static IEnumerable<XElement> Lines(IEnumerable<string> paragraphs) => paragraphs.Select(static text => new XElement(Text + "para", text));
}
