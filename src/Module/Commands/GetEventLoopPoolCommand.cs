using System.Management.Automation;
using AsyncExecutors.Pools;

namespace AsyncExecutors.Commands;

/// <summary>
/// <para type="synopsis">Gets the session's event-loop pools.</para>
/// </summary>
[Cmdlet(VerbsCommon.Get, "EventLoopPool")]
[OutputType(typeof(EventLoopPool))]
public sealed class GetEventLoopPoolCommand : PSCmdlet
{
    /// <summary>
    /// <para type="description">The pools' names; wildcards are allowed. Without it, all.</para>
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in Name)
        {
            var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
            var found = SessionPools.Current.All.Where(pool => pattern.IsMatch(pool.Name)).ToArray();
            WriteObject(found, enumerateCollection: true);
            if (found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
            {
                WriteError(Failures.PoolNotFound(name));
            }
        }
    }
}
