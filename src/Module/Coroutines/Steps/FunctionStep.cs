using System.Collections;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace AsyncExecutors.Coroutines.Steps;

/// <summary>Calls a command whose output is awaited; when it is a function that suspends itself, the block suspends with it.</summary>
/// <param name="name">The command's name.</param>
/// <param name="call">Calls the command and assigns what it writes to the variable.</param>
/// <param name="bind">Calls what the function variable holds, in the current scope, with the call's arguments.</param>
/// <param name="functionVariable">The variable.</param>
/// <param name="variable">Gets what the command has written.</param>
/// <param name="toOutput">True when that is output, also of a function that fails.</param>
internal sealed class FunctionStep(string name, ScriptBlockAst call, ScriptBlockAst bind, string functionVariable, string variable, bool toOutput) : Step
{
    private static readonly ScriptBlockAst Nothing = Parser.ParseInput("$null = 0", out _, out _);

    internal override async ValueTask<Flow> RunAsync(Frame frame)
    {
        var coroutine = frame.Coroutine;
        if (coroutine.FindFunction(frame, name) is not { } plan)
        {
            return await coroutine.RunAsync(frame, call);
        }

        if (!frame.Activation.HasRunCode)
        {
            // PowerShell looks $using: up through all scopes, and stumbles over one in which no code has run.
            await coroutine.RunAsync(frame, Nothing, keepsSucceeded: true);
        }

        coroutine.SetVariable(frame, functionVariable, coroutine.Binder(frame, plan));
        var output = new List<object?>();
        IList to = toOutput && frame.Output is not List<object?> ? new PassedOn(frame.Output, output) : output;
        var activation = coroutine.NewActivation(frame.Activation, coroutine.DollarUnderAt(frame), coroutine.Function(frame, name, bind.Extent));
        var inside = new Frame(coroutine, activation, to) { IsFinally = frame.IsFinally };
        Flow flow;
        try
        {
            flow = await coroutine.BindAsync(inside, plan, bind);
            flow = flow.Kind == FlowKind.Next ? await plan.Body.RunAsync(inside) : flow;
        }
        catch (Exception exception) when (toOutput || exception is FlowControlException)
        {
            Values.Write(frame.Output, output);
            throw;
        }

        if (flow.Kind is not (FlowKind.Next or FlowKind.Return))
        {
            Values.Write(frame.Output, output);
            return flow;
        }

        coroutine.Succeeded(frame);
        coroutine.SetVariable(frame, variable, new FunctionOutput((List<object?>)coroutine.Here(frame, output)!));
        return Flow.Next;
    }

    /// <summary>Sends output on as it is written, up to the first object that has to be waited for.</summary>
    /// <param name="target">Where it goes.</param>
    /// <param name="rest">Gets the objects from there on.</param>
    private sealed class PassedOn(IList target, List<object?> rest) : Collection<PSObject?>
    {
        protected override void InsertItem(int index, PSObject? item)
        {
            if (rest.Count == 0 && !Awaiting.IsNeededFor(item))
            {
                Values.Write(target, item);
            }
            else
            {
                rest.Add(item);
            }
        }
    }
}
