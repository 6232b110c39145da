using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Runtime.ExceptionServices;
using AsyncExecutors.Callers;
using AsyncExecutors.Runspaces;
using AsyncExecutors.Tasks;

namespace AsyncExecutors.Coroutines;

/// <summary>One task's run of a block that suspends.</summary>
/// <remarks>
/// <para>All of it runs on the loop's thread, a piece at a time; between the pieces the loop does other things.</para>
/// <para>
/// A stop ends the wait it is in, or the code that runs. What follows is the way out: the finally blocks, which are not
/// stopped again, and may await. The grace period ends the task without them; nothing of the block runs from then on.
/// </para>
/// </remarks>
internal sealed partial class Coroutine(ScriptTask task, RunspaceLoopHost host, BlockPlan plan)
{
    private RunspaceLoopHost _host = host;

    /// <summary>What <c>$_</c> is at first.</summary>
    private object? _input;

    internal ScriptTask Task { get; } = task;

    /// <summary>The runspace that has the block's scopes. For its host.</summary>
    internal Runspace? Home { get; set; }

    /// <summary>The engine's state of that runspace, also when it is gone. For the host.</summary>
    internal object? Engine { get; set; }

    /// <summary>What has become of the block's values, as it has gone on in another runspace; null where it began. For the host.</summary>
    internal MovedValues? Moved { get; set; }

    /// <summary>How often it has done so. For the host.</summary>
    internal int Moves { get; set; }

    /// <summary>What this block's code found and left in the runspace beside its variables.</summary>
    internal SessionContext? Session { get; set; }

    /// <summary>Runs the block to its end.</summary>
    internal async Task RunAsync()
    {
        _host.Begin(this);
        try
        {
            var blocks = _host.Prepare(this);
            _input = blocks.Bind(Task.BlockInput);
            var activation = NewActivation(null, _input);
            activation.Arguments = Task.Call.ArgumentsFor(blocks);
            var frame = new Frame(this, activation, Task.Live ?? (System.Collections.IList)Task.Written);
            Define(frame, blocks);
            var flow = !plan.BindsParameters ? Flow.Next : await BindAsync(frame);
            if (flow.Kind == FlowKind.Next)
            {
                await plan.Body.RunAsync(frame);
            }
        }
        finally
        {
            _host.End(this);
        }
    }

    /// <summary>Puts the variables and functions that the call brings into the block's scope.</summary>
    private void Define(Frame frame, LoopBlocks blocks)
    {
        foreach (var variable in Task.Call.NewVariables(blocks) ?? [])
        {
            SetVariable(frame, variable.Name, variable.Value);
        }

        foreach (var (name, function) in blocks.Get(Task.Call.Functions) ?? [])
        {
            HostAt(frame.Activation).SetFunction(this, frame.Activation.Scope, name, function);
        }
    }

    /// <summary>Runs code that does not suspend.</summary>
    /// <param name="frame">The place in the block.</param>
    /// <param name="code">The code.</param>
    /// <param name="keepsSucceeded">True when <c>$?</c> is afterwards what it was before.</param>
    /// <returns>Where the block goes on. Not at once only when the code was stopped.</returns>
    internal ValueTask<Flow> RunAsync(Frame frame, ScriptBlockAst code, bool keepsSucceeded = false)
    {
        try
        {
            frame.Activation.HasRunCode = true;
            HostAt(frame.Activation).RunCode(this, frame, code, keepsSucceeded);
            return new ValueTask<Flow>(CodePieces.MayReturn(code) && HasReturned(frame) ? Flow.Return : Flow.Next);
        }
        catch (BreakException exception)
        {
            return new ValueTask<Flow>(new Flow(FlowKind.Break, exception.Label));
        }
        catch (ContinueException exception)
        {
            return new ValueTask<Flow>(new Flow(FlowKind.Continue, exception.Label));
        }
        catch (PipelineStoppedException exception)
        {
            return StoppedAsync(exception);
        }
    }

    /// <summary>
    /// The host of the loop that the block is on. That may have become another one in any wait, and the block's runspace may
    /// be gone, or held by code that does not come back or waits itself: then the block moves into the runspace of the loop.
    /// </summary>
    /// <param name="innermost">The call that goes on; those that it was made in come along.</param>
    private RunspaceLoopHost HostAt(Activation? innermost)
    {
        if (!_host.IsHome(this) && EventLoop.Current?.Host is RunspaceLoopHost host)
        {
            var activations = new Stack<Activation>();
            for (var activation = innermost; activation is not null; activation = activation.Outer)
            {
                activations.Push(activation);
            }

            _host.Leave(this);
            _host = host;
            host.Adopt(this, activations);

            // Last: when it fails, that is an error of the block, which may handle it and clean up.
            BringModules(host);
        }

        return _host;
    }

    private void BringModules(RunspaceLoopHost host)
    {
        try
        {
            host.BringModules(this);
        }
        catch (Exception) when (Task.IsStopping)
        {
            // The block is on its way out, and its finally blocks do without.
        }
    }

    /// <summary>A value that was kept outside the block's scopes, for the runspace that the block is in now.</summary>
    /// <param name="frame">The place in the block.</param>
    /// <param name="value">The value.</param>
    /// <param name="since">What <see cref="Moves"/> was when the value came; 0 where it may come from before any.</param>
    internal object? Here(Frame frame, object? value, int since = 0)
    {
        HostAt(frame.Activation);
        return Moves == since ? value : Moved!.Bind(value);
    }

    /// <summary>What <c>$_</c> is at a place, in the runspace that the block is in now.</summary>
    internal object? DollarUnderAt(Frame frame)
    {
        HostAt(frame.Activation);
        return frame.DollarUnder.MoveTo(this);
    }

    /// <summary>A call's scope, inside another's.</summary>
    /// <param name="outer">The other; null for none.</param>
    /// <param name="dollarUnder">What <c>$_</c> is at first.</param>
    /// <param name="function">The function that is called; null for code of the other's.</param>
    internal Activation NewActivation(Activation? outer, object? dollarUnder, CalledFunction? function = null) =>
        new(outer, HostAt(outer).NewScope(this, outer?.Scope), new DollarUnder(dollarUnder, Moves)) { Function = function ?? outer?.Function };

    internal object? GetVariable(Frame frame, string name) => HostAt(frame.Activation).InScope(this, frame.Activation.Scope, name, static (session, name) => session.PSVariable.GetValue(name));

    internal void SetVariable(Frame frame, string name, object? value) => HostAt(frame.Activation).InScope(
        this,
        frame.Activation.Scope,
        (name, value),
        static (session, variable) =>
        {
            session.PSVariable.Set(variable.name, variable.value);
            return null;
        });

    /// <summary>Sets a variable on the way out, where nothing may be left to set it in.</summary>
    internal void TrySetVariable(Frame frame, string name, object? value)
    {
        if (HostAt(frame.Activation).IsHome(this))
        {
            SetVariable(frame, name, value);
        }
    }

    /// <summary>What ends a wait at this place.</summary>
    internal CancellationToken TokenFor(Frame frame) => frame.IsFinally ? Task.EndedToken : Task.StopToken;

    /// <summary>Waits for a task, without holding the loop.</summary>
    internal async ValueTask WaitAsync(Frame frame, Task awaited)
    {
        await WaitForEndAsync(frame, awaited);
        await awaited;
    }

    /// <summary>Waits for a task to end, however it does.</summary>
    /// <exception cref="OperationCanceledException">The block was stopped.</exception>
    internal async ValueTask WaitForEndAsync(Frame frame, Task awaited)
    {
        if (awaited.IsCompleted)
        {
            return;
        }

        var token = TokenFor(frame);
        await awaited.WaitAsync(token).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        token.ThrowIfCancellationRequested();

        // Here, if the block goes on on another loop: what fails at that is an error of the await.
        HostAt(frame.Activation);
    }

    /// <summary>Ends the reading of a sequence; no longer waited for once the task has ended without it.</summary>
    internal async ValueTask LeaveAsync(Frame frame, AsyncItems items)
    {
        var left = items.DisposeAsync().AsTask();
        await WaitForEndAsync(frame with { IsFinally = true }, left);
        await left;
    }

    internal Task DelayAsync(Frame frame, TimeSpan time)
    {
        try
        {
            return System.Threading.Tasks.Task.Delay(time, Task.EventLoop!.TimeProvider, TokenFor(frame));
        }
        catch (ArgumentOutOfRangeException exception)
        {
            return System.Threading.Tasks.Task.FromException(exception);
        }
    }

    /// <summary>True for an error of the block's own, which the block may handle.</summary>
    internal bool IsError(Frame frame, Exception exception) =>
        exception is not (FlowControlException or PipelineStoppedException)
        && (frame.IsFinally ? !Task.EndedToken.IsCancellationRequested : !Task.IsStopping)
        && HostAt(frame.Activation).IsHome(this);

    /// <summary>An error was handled: <c>$?</c> is false.</summary>
    internal void Failed(Frame frame) => HostAt(frame.Activation).SetSucceeded(false);

    /// <summary>A command was successful: <c>$?</c> is true.</summary>
    internal void Succeeded(Frame frame) => HostAt(frame.Activation).SetSucceeded(true);

    /// <summary>What is done, at this place, with an error that does not end the block.</summary>
    internal ActionPreference ErrorPreference(Frame frame) =>
        LanguagePrimitives.TryConvertTo(GetVariable(frame, "ErrorActionPreference"), out ActionPreference preference) ? preference : ActionPreference.Continue;

    /// <summary>Writes an error, as PowerShell does when a trap lets the block go on.</summary>
    internal void Report(ErrorRecord error) => Task.OnRecord(new Streams.StreamRecord(error));

    /// <summary>Asks whether to go on. There is nobody to answer on a loop, and the error for that is PowerShell's own.</summary>
    internal void Ask(Frame frame, string message) => HostAt(frame.Activation).Ask(message);

    /// <summary>True when a command's name means a function.</summary>
    internal bool IsRedefined(Frame frame, string name) => FunctionNamed(frame, name) is not null;

    /// <summary>A function, as PowerShell calls one at this place.</summary>
    internal CalledFunction Function(Frame frame, string name, IScriptExtent at) => new(
        (CommandInfo?)HostAt(frame.Activation).InScope(
            this,
            frame.Activation.Scope,
            name,
            static (session, name) => session.InvokeCommand.GetCommand(name, CommandTypes.Function | CommandTypes.Filter)),
        at);

    /// <summary>The plan of a function that suspends; null when the name means anything else.</summary>
    internal BlockPlan? FindFunction(Frame frame, string name) => FunctionNamed(frame, name) is { } function ? BlockPlan.Of(function) : null;

    /// <summary>The block of a function. Looked up as a variable: a search for a command goes through all modules there are.</summary>
    private ScriptBlock? FunctionNamed(Frame frame, string name) => GetVariable(frame, "function:" + WildcardPattern.Escape(name)) as ScriptBlock;

    /// <summary>True when code has ended without having come to its end.</summary>
    private bool HasReturned(Frame frame)
    {
        var ended = GetVariable(frame, CodePieces.EndedVariable) is true;
        SetVariable(frame, CodePieces.EndedVariable, null);
        return !ended;
    }

    /// <summary>Nothing can be run before the loop has a new resident pipeline: that is when its next turn comes.</summary>
    private static async ValueTask<Flow> StoppedAsync(PipelineStoppedException exception)
    {
        await System.Threading.Tasks.Task.Yield();
        ExceptionDispatchInfo.Throw(exception);
        return default;
    }
}
