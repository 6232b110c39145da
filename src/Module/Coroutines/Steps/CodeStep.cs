using System.Management.Automation.Language;

namespace AsyncExecutors.Coroutines.Steps;

/// <summary>Code that does not suspend: PowerShell runs it as a whole.</summary>
/// <param name="code">The code.</param>
/// <param name="returns">True when the block returns after it.</param>
/// <param name="keepsSucceeded">True when <c>$?</c> is afterwards what it was before.</param>
internal sealed class CodeStep(ScriptBlockAst code, bool returns = false, bool keepsSucceeded = false) : Step
{
    internal override ValueTask<Flow> RunAsync(Frame frame)
    {
        var ran = frame.Coroutine.RunAsync(frame, code, keepsSucceeded);
        return !returns ? ran : ran.IsCompletedSuccessfully ? Returned(ran.Result) : ReturnAsync(ran);
    }

    private static ValueTask<Flow> Returned(Flow flow) => new(flow.Kind == FlowKind.Next ? Flow.Return : flow);

    private static async ValueTask<Flow> ReturnAsync(ValueTask<Flow> ran) => await Returned(await ran);
}
