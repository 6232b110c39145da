using System.Management.Automation.Language;

namespace AsyncExecutors.Suspension.Steps;

/// <summary>Calls a command whose output is awaited; when it is a function that suspends itself, the block suspends with it.</summary>
/// <param name="name">The command's name.</param>
/// <param name="call">Calls the command and assigns what it writes to the variable.</param>
/// <param name="bind">Calls what the function variable holds, in the current scope, with the call's arguments.</param>
/// <param name="functionVariable">The variable.</param>
/// <param name="variable">Gets what the command has written.</param>
internal sealed class FunctionStep(string name, ScriptBlockAst call, ScriptBlockAst bind, string functionVariable, string variable) : Step
{
    private static readonly ScriptBlockAst Nothing = Parser.ParseInput("$null = 0", out _, out _);

    internal override async ValueTask<Flow> RunAsync(Frame frame)
    {
        var coroutine = frame.Coroutine;
        if (coroutine.FindFunction(frame, name) is not { } plan)
        {
            return await coroutine.RunAsync(frame, call);
        }

        if (!frame.Activation.IsEntered)
        {
            // PowerShell looks $using: up through all scopes, and stumbles over one in which no code has run.
            await coroutine.RunAsync(frame, Nothing);
        }

        coroutine.SetVariable(frame, functionVariable, coroutine.Binder(plan));
        var output = new List<object?>();
        var inside = new Frame(coroutine, coroutine.NewActivation(frame.Activation, null), output) { IsFinally = frame.IsFinally };
        var flow = await coroutine.BindAsync(inside, bind);
        flow = flow.Kind == FlowKind.Next ? await plan.Body.RunAsync(inside) : flow;

        coroutine.SetVariable(frame, variable, new FunctionOutput(output));
        return flow.Kind == FlowKind.Return ? Flow.Next : flow;
    }
}
