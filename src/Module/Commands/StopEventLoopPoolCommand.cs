using System.Management.Automation;
using AsyncExecutors.Completion;
using AsyncExecutors.Runspaces;

namespace AsyncExecutors.Commands;

/// <summary>
/// <para type="synopsis">Stops event-loop pools: they take no more tasks, and what is pending ends first.</para>
/// </summary>
[Cmdlet(VerbsLifecycle.Stop, "EventLoopPool", SupportsShouldProcess = true, DefaultParameterSetName = ByPool)]
public sealed class StopEventLoopPoolCommand : AsyncCommand
{
    private const string ByPool = "Pool";
    private const string ByName = "Name";

    private readonly List<EventLoopPool> _stopped = [];

    /// <summary>
    /// <para type="description">The pools, or names of pools.</para>
    /// </summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByPool)]
    [ValidateNotNull]
    [PoolByName(LeavesUnknown = true)]
    [ArgumentCompleter(typeof(PoolNameCompleter))]
    public EventLoopPool[] Pool { get; set; } = [];

    /// <summary>
    /// <para type="description">The pools' names; wildcards are allowed.</para>
    /// </summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByName)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PoolNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>
    /// <para type="description">Stops what is pending instead of waiting for it to end by itself.</para>
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>
    /// <para type="description">Returns at once; the pools end by themselves.</para>
    /// </summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var pool in ParameterSetName == ByName ? PoolsNamed(Name) : Pool)
        {
            if (ShouldProcess(pool.Name, "Stop"))
            {
                Stop(pool);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (!NoWait && EventLoop.Current?.Host is not RunspaceLoopHost)
        {
            // Only now: none takes tasks while another one is waited for. What is stopped has a time to end in, as a loop may
            // have code that does not: not only tasks' but also what prepares its runspace.
            WaitFor(Task.WhenAll(_stopped.Select(pool => Force ? pool.Executor.DisposeAsync().AsTask() : pool.Executor.Completion)));
        }
    }

    private void Stop(EventLoopPool pool)
    {
        pool.Executor.Shutdown(wait: false);
        if (Force)
        {
            pool.StopPending();
        }

        pool.Settings.Session.Remove(pool);
        _stopped.Add(pool);
    }
}
