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
        Runspace.DefaultRunspace is null
            ? []
            : NameCompletion.Of(SessionPools.Current.All.Select(static pool => (pool.Name, $"{pool.Name}: {pool.PoolSize} loops, {pool.PendingCount} tasks pending")), wordToComplete);
}
