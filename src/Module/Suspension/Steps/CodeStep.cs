using System.Management.Automation.Language;

namespace AsyncExecutors.Suspension.Steps;

/// <summary>Code that does not suspend: PowerShell runs it as a whole.</summary>
internal sealed class CodeStep(ScriptBlockAst code, bool returns = false) : Step
{
    internal override ValueTask<Flow> RunAsync(Frame frame)
    {
        var ran = frame.Coroutine.RunAsync(frame, code);
        return !returns ? ran : ran.IsCompletedSuccessfully ? Returned(ran.Result) : ReturnAsync(ran);
    }

    private static ValueTask<Flow> Returned(Flow flow) => new(flow.Kind == FlowKind.Next ? Flow.Return : flow);

    private static async ValueTask<Flow> ReturnAsync(ValueTask<Flow> ran) => await Returned(await ran);
}
