using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using AsyncExecutors.Pools;

namespace AsyncExecutors.Commands;

/// <summary>Completes the names of the session's pools.</summary>
public sealed class PoolNameCompleter : IArgumentCompleter
{
    /// <summary>The names that begin with what has been typed, quoted where they have to be.</summary>
    /// <returns>One completion for each pool.</returns>
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        if (Runspace.DefaultRunspace is null)
        {
            return [];
        }

        var typed = wordToComplete.Trim('\'', '"');
        return
        [
            .. from pool in SessionPools.Current.All
               where pool.Name.StartsWith(typed, StringComparison.OrdinalIgnoreCase)
               let text = pool.Name.All(static c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.')
                   ? pool.Name
                   : $"'{CodeGeneration.EscapeSingleQuotedStringContent(pool.Name)}'"
               select new CompletionResult(text, pool.Name, CompletionResultType.ParameterValue, pool.Name),
        ];
    }
}
