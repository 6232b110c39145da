using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace AsyncExecutors.Commands;

/// <summary>An object in a message: its text, on one line, not too long.</summary>
/// <remarks>
/// Runs no script code. The text of an object of a PowerShell class, or with a script property, is made by a block of the
/// session it comes from, which may be waiting for the very task that the message is about; and messages are made on any
/// thread. Such an object is named by its type.
/// </remarks>
internal static class ShortText
{
    private const int Most = 80;
    private const int MostItems = 20;

    internal static string Of(object? item)
    {
        var text = Text(item);
        text = (text.Length <= 2 * Most ? text : text[..(2 * Most)]).ReplaceLineEndings(" ");
        return text.Length <= Most ? text : string.Concat(text.AsSpan(0, Most - 1), "…");
    }

    private static string Text(object? item)
    {
        var value = item is PSObject wrapped ? wrapped.BaseObject : item;
        return value switch
        {
            null => "null",
            PSCustomObject when item is not PSObject => "null",
            PSCustomObject => $"@{{{string.Join("; ", Notes((PSObject)item!))}}}",
            Array or ArrayList or List<object> => string.Join(' ', ((IList)value).Cast<object?>().Take(MostItems).Select(Plain)),
            _ => Plain(value),
        };
    }

    private static IEnumerable<string> Notes(PSObject item) =>
        item.Properties.OfType<PSNoteProperty>().Take(MostItems).Select(static note => $"{note.Name}={Plain(note.Value)}");

    private static string Plain(object? item)
    {
        var value = item is PSObject wrapped ? wrapped.BaseObject : item;
        if (value is null or PSCustomObject)
        {
            return string.Empty;
        }

        var type = value.GetType();
        try
        {
            return type.Assembly.IsDynamic ? type.Name
                : value is IFormattable formattable ? formattable.ToString(null, CultureInfo.InvariantCulture)
                : value.ToString() ?? type.Name;
        }
        catch (Exception)
        {
            // Whatever its ToString throws: the message is about something else.
            return type.Name;
        }
    }
}
