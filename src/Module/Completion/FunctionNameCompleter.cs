using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace AsyncExecutors.Completion;

/// <summary>Completes the names of the session's functions, those that are in no module first.</summary>
public sealed class FunctionNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand(@"Microsoft.PowerShell.Core\Get-Command").AddParameter("Name", NameCompletion.PatternOf(wordToComplete))
            .AddParameter("CommandType", CommandTypes.Function | CommandTypes.Filter).AddParameter("ListImported");
        return NameCompletion.Of(
            shell.Invoke<CommandInfo>().OrderBy(static function => function.ModuleName.Length > 0).Select(
                static function => (function.Name, function.ModuleName.Length > 0 ? $"{function.Name} of {function.ModuleName}" : function.Name)),
            wordToComplete);
    }
}
