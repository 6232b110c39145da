using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace AsyncExecutors.Completion;

/// <summary>Completes the names of modules: those that the session has, those that can be imported, and files.</summary>
public sealed class ModuleNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var pattern = NameCompletion.PatternOf(wordToComplete);
        var files = CompletionCompleters.CompleteFilename(wordToComplete).Where(static file => IsModule(file));
        if (pattern.AsSpan().ContainsAny('/', '\\'))
        {
            // Get-Module takes no paths.
            return files;
        }

        var names = Names(pattern, available: false).Concat(Names(pattern, available: true)).Distinct(StringComparer.OrdinalIgnoreCase);
        return NameCompletion.Of(names.Select(static name => (name, name)), wordToComplete)
            .Concat(files);
    }

    private static string[] Names(string pattern, bool available)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand(@"Microsoft.PowerShell.Core\Get-Module").AddParameter("Name", pattern).AddParameter("ErrorAction", ActionPreference.Ignore);
        if (available)
        {
            shell.AddParameter("ListAvailable");
        }

        return [.. shell.Invoke<PSModuleInfo>().Select(static module => module.Name)];
    }

    /// <summary>A folder may lead to one.</summary>
    private static bool IsModule(CompletionResult file) =>
        file.ResultType == CompletionResultType.ProviderContainer || Path.GetExtension(file.ListItemText).ToUpperInvariant() is ".PSD1" or ".PSM1" or ".DLL";
}
