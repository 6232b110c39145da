using System.Management.Automation.Language;

namespace AsyncExecutors.Coroutines.Steps;

/// <summary>The condition of a statement, which is true or not as PowerShell has it.</summary>
/// <param name="before">What is awaited for it.</param>
/// <param name="probe">Writes an object if the condition is true, and nothing if not.</param>
internal sealed class Condition(Step? before, ScriptBlockAst probe)
{
    internal async ValueTask<(bool IsTrue, Flow Flow)> EvaluateAsync(Frame frame)
    {
        if (before is not null && await before.RunAsync(frame) is { Kind: not FlowKind.Next } left)
        {
            return (false, left);
        }

        var output = new List<object?>();
        var flow = await frame.Coroutine.RunAsync(frame with { Output = output }, probe);
        return (output.Count > 0, flow);
    }
}
