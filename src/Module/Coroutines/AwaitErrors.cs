using System.Management.Automation;
using System.Management.Automation.Language;

namespace AsyncExecutors.Coroutines;

/// <summary>The errors of a block that awaits where it cannot be suspended. It is refused before it begins.</summary>
internal static class AwaitErrors
{
    internal static RuntimeException InNestedCode(CommandAst at) => Error(
        at, "stands in a script block that another command calls, which cannot be suspended", "Write its lines without it, in a statement such as foreach ($item in $items) { $result = await ... }, or give the script block to Invoke-AsyncMultiple");

    internal static RuntimeException InClass(CommandAst at) => Error(
        at, "stands in a class, whose code cannot be suspended", "Write a function instead, and call it with await: await My-Function");

    internal static RuntimeException FunctionCalled(CommandAst at, string name)
    {
        var arguments = at.Extent.Text[(at.CommandElements[0].Extent.EndOffset - at.Extent.StartOffset)..];
        return Error(at, $"calls {name}, a function that awaits, so that it would hold its event loop", $"Write: await {name}{arguments}");
    }

    /// <param name="at">The <c>await</c>.</param>
    /// <param name="function">The function it is in; null in a block.</param>
    internal static RuntimeException InPipelineBlock(CommandAst at, string? function) => function is not null
        ? Error(
            at,
            $"stands in {function}, in a block for piped input or in a parameter's default",
            $"Take the input as a parameter, such as function {function}($item) {{ ... }}, and call it with await {function} $item")
        : Error(
            at,
            "stands in a block with begin, process, clean or dynamicparam, or in a parameter's default",
            "Leave out the block's names: $_ is the input. To clean up use try and finally");

    internal static RuntimeException NotAlways(Ast at) => Error(
        at, "stands where it is not evaluated in any case", "Use if: if (...) { $result = await ... }");

    internal static RuntimeException InBackground(Ast at) => Error(
        at, "is sent to a background job by the & behind it", "Leave the & out: await $task. A function is awaited by its name: await My-Function");

    internal static RuntimeException NoParentheses(CommandAst at) => Error(
        at,
        "has an expression that PowerShell takes for the name of a command",
        $"Put it in parentheses: await ({at.Extent.Text[at.CommandElements[0].Extent.Text.Length..].Trim()})");

    internal static RuntimeException Redirected(CommandAst at)
    {
        var redirections = at.Redirections.OrderBy(static redirection => redirection.Extent.StartOffset).ToArray();
        var awaited = at.Extent.Text;
        foreach (var redirection in redirections.AsEnumerable().Reverse())
        {
            awaited = awaited.Remove(redirection.Extent.StartOffset - at.Extent.StartOffset, redirection.Extent.Text.Length);
        }

        awaited = awaited.TrimEnd();
        var name = at.CommandElements[0].Extent.Text;
        var instead = redirections.All(static redirection => redirection is FileRedirectionAst { FromStream: RedirectionStream.Output })
            ? $"({awaited})"
            : string.Equals(AwaitCommand.NameOf(at), "Submit-AsyncTask", StringComparison.OrdinalIgnoreCase)
            ? $"{name} ({awaited[name.Length..].TrimStart()})"
            : $"{name} (Submit-AsyncTask {{ {awaited} }})";
        return Error(
            at,
            "redirects a command that is awaited by its name, and a redirection does not last while a block is suspended",
            $"Write: {instead} {string.Join(' ', redirections.Select(static redirection => redirection.Extent.Text))}");
    }

    internal static RuntimeException Splatted(CommandAst at, VariableExpressionAst operand) => Error(
        at, "splats what is awaited", $"Write: await ${operand.VariablePath.UserPath}; for a table of parameters await ${operand.VariablePath.UserPath}.Task");

    internal static RuntimeException Nothing(CommandAst at) => Error(at, "names nothing to wait for", "Write: await $task");

    internal static RuntimeException Here(Ast at) => Error(
        at, "stands where PowerShell evaluates something else before it", "Await on a line before: $result = await ...; then use $result");

    private static RuntimeException Error(Ast at, string why, string remedy)
    {
        var place = at.Extent;
        var message = $"{Short(place.Text)} (line {place.StartLineNumber}, column {place.StartColumnNumber}) {why}. {remedy}.";
        var exception = new InvalidOperationException(message);
        return new RuntimeException(message, exception, RecordAt(place, exception));
    }

    /// <summary>A record that is reported at the place of the await, as a parse error is at its own.</summary>
    /// <remarks>
    /// Only PowerShell gives records a position; of those made in public, a parse error's has the one it is given. A cmdlet
    /// that ends with a record puts its own position there, and leaves what is set to be displayed.
    /// </remarks>
    private static ErrorRecord RecordAt(IScriptExtent place, Exception exception)
    {
        var parseError = new ParseException([new ParseError(place, "AwaitNotAllowedHere", exception.Message)]);
        var record = new ErrorRecord(parseError.ErrorRecord, exception);
        record.InvocationInfo.DisplayScriptPosition = place;
        return record;
    }

    private static string Short(string text)
    {
        var line = text.Split('\n')[0].TrimEnd();
        return line.Length == text.Length && line.Length <= 60 ? line : $"{line[..Math.Min(line.Length, 60)]}...";
    }
}
