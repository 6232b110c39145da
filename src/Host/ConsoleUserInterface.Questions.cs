using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace AsyncExecutors.Host;

/// <content>The questions: missing mandatory parameters, <c>-Confirm</c>, <c>$Host.UI</c> calls.</content>
internal sealed partial class ConsoleUserInterface
{
    /// <inheritdoc/>
    public override string ReadLine() =>
        Terminal.ReadLine() ?? throw new HostException("A question needs an answer, and standard input has ended.");

    /// <inheritdoc/>
    public override SecureString ReadLineAsSecureString() =>
        throw new HostException("This host can't read a secret without showing it. Pass it as a parameter.");

    /// <inheritdoc/>
    public override Dictionary<string, PSObject> Prompt(
        string caption, string message, Collection<FieldDescription> descriptions)
    {
        WriteHeading(caption, message);
        var answers = new Dictionary<string, PSObject>(StringComparer.OrdinalIgnoreCase);
        foreach (var field in descriptions)
        {
            Write($"{field.Name}: ");
            answers[field.Name] = new PSObject(ReadLine());
        }

        return answers;
    }

    /// <inheritdoc/>
    public override int PromptForChoice(
        string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        WriteHeading(caption, message);
        while (true)
        {
            for (var i = 0; i < choices.Count; i++)
            {
                Write($"[{KeyOf(choices[i])}] {NameOf(choices[i])}  ");
            }

            Write(defaultChoice >= 0 ? $"(default is \"{KeyOf(choices[defaultChoice])}\"): " : ": ");
            var answer = ReadLine().Trim();
            var chosen = answer.Length == 0 ? defaultChoice : IndexOf(choices, answer);
            if (chosen >= 0)
            {
                return chosen;
            }
        }
    }

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName) =>
        throw new HostException("This host can't ask for credentials. Pass them as a parameter.");

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption,
        string message,
        string userName,
        string targetName,
        PSCredentialTypes allowedCredentialTypes,
        PSCredentialUIOptions options) => PromptForCredential(caption, message, userName, targetName);

    private static string NameOf(ChoiceDescription choice) => choice.Label.Replace("&", string.Empty, StringComparison.Ordinal);

    /// <summary>The letter after the ampersand of the label; the whole label where there is none.</summary>
    private static string KeyOf(ChoiceDescription choice)
    {
        var mark = choice.Label.IndexOf('&', StringComparison.Ordinal);
        return mark >= 0 && mark + 1 < choice.Label.Length
            ? choice.Label[mark + 1].ToString().ToUpperInvariant()
            : choice.Label;
    }

    private static int IndexOf(Collection<ChoiceDescription> choices, string answer)
    {
        for (var i = 0; i < choices.Count; i++)
        {
            if (answer.Equals(KeyOf(choices[i]), StringComparison.OrdinalIgnoreCase) ||
                answer.Equals(NameOf(choices[i]), StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return -1;
    }

    private void WriteHeading(string caption, string message)
    {
        foreach (var line in new[] { caption, message })
        {
            if (!string.IsNullOrEmpty(line))
            {
                WriteLine(line);
            }
        }
    }
}
