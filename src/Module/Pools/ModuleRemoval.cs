using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace AsyncExecutors.Pools;

/// <summary>Stops a session's pools when the module is removed from it.</summary>
public sealed class ModuleRemoval : IModuleAssemblyCleanup
{
    /// <summary>Called by PowerShell when the module is removed.</summary>
    /// <param name="psModuleInfo">The module.</param>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        // Not from a task: its session goes on using the pools.
        if (EventLoop.Current is null && Runspace.DefaultRunspace is not null)
        {
            SessionPools.Current.StopAll();
        }
    }
}
