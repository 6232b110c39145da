using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace AsyncExecutors.Callers;

/// <summary>
/// Serves the calls that other threads make to code of a runspace: methods of PowerShell classes made there, script
/// methods, script blocks that were not rebound.
/// </summary>
/// <remarks>
/// <para>
/// Such code runs on its runspace's own thread. PowerShell queues the call as an event and makes the calling thread wait;
/// the events are looked at between the statements of a script. A thread that waits in a cmdlet runs none: a task that
/// calls such code of its caller and the caller that waits for the task would wait for each other for ever. So whoever
/// waits here is woken by these events, and serves them.
/// </para>
/// <para>
/// Two calls at the same moment are not safe, here as anywhere: PowerShell subscribes once for each call to one event name,
/// so that both subscriptions may take the first event. One call is then run twice and the other not at all.
/// </para>
/// <para>Thread safety: <see cref="Serve"/> on the runspace's thread, all else on any.</para>
/// </remarks>
internal sealed class ForeignCalls
{
    /// <summary>What PowerShell names the event; it calls plain handlers after it has queued the call.</summary>
    private const string EventName = "PowerShell.OnScriptBlockInvoke";

    private static readonly ConditionalWeakTable<Runspace, ForeignCalls> Runspaces = new();

    /// <summary>A loop, at whose statements PowerShell looks for events.</summary>
    private static readonly ScriptBlockAst LookForEvents = Parser.ParseInput("foreach ($__i in 1) { }", out _, out _);

    private readonly Runspace _runspace;
    private readonly object _gate = new();
    private ScriptBlock? _lookForEvents;
    private int _waiting;

    /// <summary>Guarded by <c>_gate</c> for writing.</summary>
    private volatile Action[] _wakes = [];

    private ForeignCalls(Runspace runspace)
    {
        _runspace = runspace;
        runspace.Events.SubscribeEvent(null, null, EventName, null, (_, _) => OnCall(), supportEvent: true, forwardEvent: false);
    }

    /// <summary>Those to the runspace of the calling thread; null when it has none.</summary>
    internal static ForeignCalls? OfThread => Runspace.DefaultRunspace is { } runspace ? Of(runspace) : null;

    /// <summary>True when there are calls that wait.</summary>
    internal bool AreWaiting => Volatile.Read(ref _waiting) != 0;

    internal static ForeignCalls Of(Runspace runspace) => Runspaces.GetValue(runspace, static runspace => new ForeignCalls(runspace));

    /// <summary>Has something called with each call that comes, on the thread that makes it, until <see cref="Unlisten"/>.</summary>
    internal void Listen(Action wake)
    {
        lock (_gate)
        {
            _wakes = [.. _wakes, wake];
        }
    }

    internal void Unlisten(Action wake)
    {
        lock (_gate)
        {
            _wakes = Array.FindAll(_wakes, other => other != wake);
        }
    }

    /// <summary>Runs the code that is waited for. Inside a pipeline of the runspace, on its thread.</summary>
    internal void Serve()
    {
        if (Interlocked.Exchange(ref _waiting, 0) != 0 && Runspace.DefaultRunspace == _runspace)
        {
            (_lookForEvents ??= LookForEvents.GetScriptBlock()).Invoke();
        }
    }

    private void OnCall()
    {
        Interlocked.Exchange(ref _waiting, 1);
        foreach (var wake in _wakes)
        {
            wake();
        }
    }
}
