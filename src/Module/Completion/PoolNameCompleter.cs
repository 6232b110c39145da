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
        Runspace.DefaultRunspace is null || IsByPosition(parameterName, commandAst)
            ? []
            : NameCompletion.Of(SessionPools.Current.All.Select(static pool => (pool.Name, $"{pool.Name}: {pool.PoolSize} loops, {pool.PendingCount} tasks pending")), wordToComplete);

    /// <summary>True for a -Pool that is not written: Stop-EventLoopPool has -Name at the same place, which gives the same names.</summary>
    private static bool IsByPosition(string parameterName, CommandAst command) =>
        parameterName == "Pool" && !command.CommandElements.OfType<CommandParameterAst>().Any(
            static parameter => "Pool".StartsWith(parameter.ParameterName, StringComparison.OrdinalIgnoreCase));
}
