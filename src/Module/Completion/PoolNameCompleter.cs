using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using AsyncExecutors.Pools;

namespace AsyncExecutors.Completion;

/// <summary>Completes the names of the session's pools.</summary>
public sealed class PoolNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Runspace.DefaultRunspace is null || IsOfAnotherToo(commandName, parameterName, commandAst)
            ? null! // No answer. An empty list would be one, and be shown.
            : NameCompletion.Of(SessionPools.Current.All.Select(static pool => (pool.Name, $"{pool.Name}: {pool.PoolSize} loops, {pool.PendingCount} tasks pending")), wordToComplete);

    /// <summary>
    /// True for an argument of Stop-EventLoopPool that says no parameter's name: it may be -Pool or -Name, and would have
    /// its completions twice. PowerShell asks for those of -Pool first.
    /// </summary>
    private static bool IsOfAnotherToo(string command, string parameter, CommandAst ast) =>
        command.Equals("Stop-EventLoopPool", StringComparison.OrdinalIgnoreCase) && parameter == "Name"
        && !ast.CommandElements.OfType<CommandParameterAst>().Any(written => parameter.StartsWith(written.ParameterName, StringComparison.OrdinalIgnoreCase));
}
