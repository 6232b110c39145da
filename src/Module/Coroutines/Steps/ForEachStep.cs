using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace AsyncExecutors.Coroutines.Steps;

/// <summary><c>foreach</c> over the value of a variable.</summary>
internal sealed class ForEachStep(string? label, string variable, Step list, string listVariable, ScriptBlockAst enumerate, Step body) : Step
{
    private const string EnumeratorVariable = "foreach";

    internal override async ValueTask<Flow> RunAsync(Frame frame)
    {
        var flow = await list.RunAsync(frame);
        if (flow.Kind != FlowKind.Next)
        {
            return flow;
        }

        var coroutine = frame.Coroutine;
        var value = coroutine.GetVariable(frame, listVariable);
        coroutine.SetVariable(frame, listVariable, null);
        var outer = coroutine.GetVariable(frame, EnumeratorVariable);
        try
        {
            if (AsyncItems.Are(value) && coroutine.Task.Call.MayAwait(value))
            {
                return await OverAsync(frame, value!);
            }

            using var items = new Items(EnumeratorOf(value), listVariable, enumerate);
            coroutine.SetVariable(frame, EnumeratorVariable, items.Enumerator);
            while (await items.MoveNextAsync(frame))
            {
                SetItem(frame, items.Current);
                if ((await body.RunAsync(frame)).Ends(label, out flow))
                {
                    return flow;
                }
            }

            return Flow.Next;
        }
        finally
        {
            coroutine.TrySetVariable(frame, EnumeratorVariable, outer);
        }
    }

    private void SetItem(Frame frame, object? item)
    {
        if (DollarUnder.IsName(variable))
        {
            frame.DollarUnder.Value = item;
        }
        else
        {
            frame.Coroutine.SetVariable(frame, variable, item);
        }
    }

    private async ValueTask<Flow> OverAsync(Frame frame, object sequence)
    {
        var coroutine = frame.Coroutine;
        await using var items = AsyncItems.Read(sequence, coroutine.TokenFor(frame));
        while (await coroutine.WaitAsync(frame, items.MoveNextAsync()))
        {
            SetItem(frame, items.Current);
            if ((await body.RunAsync(frame)).Ends(label, out var flow))
            {
                return flow;
            }
        }

        return Flow.Next;
    }

    /// <summary>The items of a collection, or one object; nothing for null.</summary>
    private static IEnumerator EnumeratorOf(object? value) =>
        LanguagePrimitives.GetEnumerator(value) ?? (value is null ? Array.Empty<object>() : new[] { value }).GetEnumerator();
}
