using System.Management.Automation;
using System.Management.Automation.Language;

namespace AsyncExecutors.Coroutines.Steps;

/// <summary><c>switch</c> over the value of a variable.</summary>
/// <param name="label">The statement's label.</param>
/// <param name="value">Sets the variable.</param>
/// <param name="lines">For <c>-File</c>: writes the lines of the file that the variable then names.</param>
/// <param name="valueVariable">What is gone through, and each item in its turn.</param>
/// <param name="enumerate">Goes through what is in the variable.</param>
/// <param name="clauses">For each clause what writes an object if the item in the variable matches, and the body.</param>
/// <param name="otherwise">The body of <c>default</c>; null for none.</param>
internal sealed class SwitchStep(
    string? label,
    Step value,
    ScriptBlockAst? lines,
    string valueVariable,
    ScriptBlockAst enumerate,
    (ScriptBlockAst Probe, Step Body)[] clauses,
    Step? otherwise) : Step
{
    internal override async ValueTask<Flow> RunAsync(Frame frame)
    {
        var flow = await value.RunAsync(frame);
        if (flow.Kind != FlowKind.Next)
        {
            return flow;
        }

        var coroutine = frame.Coroutine;
        var values = coroutine.GetVariable(frame, valueVariable);
        if (lines is not null)
        {
            var read = new List<object?>();
            flow = await coroutine.RunAsync(frame with { Output = read }, lines);
            if (flow.Kind != FlowKind.Next)
            {
                return flow;
            }

            values = read;
        }

        using var items = new Items(LanguagePrimitives.GetEnumerator(values) ?? new[] { values }.GetEnumerator(), valueVariable, enumerate, coroutine.Moves);
        var outer = coroutine.GetVariable(frame, "switch");
        try
        {
            coroutine.SetVariable(frame, "switch", items.Enumerator);
            while (await items.MoveNextAsync(frame))
            {
                if ((await RunOneAsync(frame with { DollarUnder = new DollarUnder(items.Current, coroutine.Moves) })).Ends(label, out flow))
                {
                    return flow;
                }
            }

            return Flow.Next;
        }
        finally
        {
            coroutine.TrySetVariable(frame, "switch", outer);
        }
    }

    private async ValueTask<Flow> RunOneAsync(Frame frame)
    {
        var any = false;
        foreach (var (probe, body) in clauses)
        {
            var output = new List<object?>();
            frame.Coroutine.SetVariable(frame, valueVariable, frame.Coroutine.DollarUnderAt(frame));
            var flow = await frame.Coroutine.RunAsync(frame with { Output = output }, probe);
            if (flow.Kind == FlowKind.Next && output.Count > 0)
            {
                any = true;
                flow = await body.RunAsync(frame);
            }

            if (flow.Kind != FlowKind.Next)
            {
                return flow;
            }
        }

        return any || otherwise is null ? Flow.Next : await otherwise.RunAsync(frame);
    }
}
