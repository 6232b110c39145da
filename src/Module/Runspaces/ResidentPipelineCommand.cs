using System.Management.Automation;

namespace AsyncExecutors.Runspaces;

/// <summary>The command that a loop's resident pipeline consists of: it runs the loop's pump. Known by no name to scripts.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "EventLoop")]
internal sealed class ResidentPipelineCommand : PSCmdlet
{
    [Parameter(Mandatory = true)]
    public object? Runner { get; set; }

    protected override void EndProcessing() => ((RunspaceLoopHost)(Runner is PSObject wrapped ? wrapped.BaseObject : Runner)!).PumpInside(this);
}
