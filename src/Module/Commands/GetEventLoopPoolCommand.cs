using System.Management.Automation;
using AsyncExecutors.Completion;

namespace AsyncExecutors.Commands;

/// <summary>
/// <para type="synopsis">Gets the session's event-loop pools.</para>
/// </summary>
[Cmdlet(VerbsCommon.Get, "EventLoopPool")]
[OutputType(typeof(EventLoopPool))]
public sealed class GetEventLoopPoolCommand : AsyncCommand
{
    /// <summary>
    /// <para type="description">The pools' names; wildcards are allowed. Without it, all.</para>
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PoolNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord() => WriteObject(PoolsNamed(Name), enumerateCollection: true);
}
