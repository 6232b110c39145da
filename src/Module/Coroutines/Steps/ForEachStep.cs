using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace AsyncExecutors.Coroutines.Steps;

/// <summary><c>foreach</c> over the value of a variable.</summary>
/// <param name="label">The statement's label.</param>
/// <param name="variable">Gets each item.</param>
/// <param name="list">Sets the variable that is gone through; to an <see cref="AwaitedSequence"/> for one that is read item by item.</param>
/// <param name="listVariable">Its name.</param>
/// <param name="enumerate">Goes through what is in that variable.</param>
/// <param name="body">What is done for each item.</param>
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
            if (value is AwaitedSequence sequence)
            {
                return await OverAsync(frame, sequence);
            }

            using var items = new Items(EnumeratorOf(value), listVariable, enumerate, coroutine.Moves);
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
            frame.DollarUnder.Set(item, frame.Coroutine.Moves);
        }
        else
        {
            frame.Coroutine.SetVariable(frame, variable, item);
        }
    }

    private async ValueTask<Flow> OverAsync(Frame frame, AwaitedSequence sequence)
    {
        var coroutine = frame.Coroutine;
        var items = AsyncItems.Read(sequence.Sequence, coroutine.TokenFor(frame));
        try
        {
            while (true)
            {
                var step = items.MoveNextAsync();
                await coroutine.WaitForEndAsync(frame, step);
                if (!step.IsCompletedSuccessfully)
                {
                    return await sequence.Await.FailAsync(frame, step);
                }

                if (!step.Result)
                {
                    return Flow.Next;
                }

                SetItem(frame, coroutine.Here(frame, items.Current));
                if ((await body.RunAsync(frame)).Ends(label, out var flow))
                {
                    return flow;
                }
            }
        }
        finally
        {
            await coroutine.LeaveAsync(frame, items);
        }
    }

    /// <summary>The items of a collection, or one object; nothing for null.</summary>
    private static IEnumerator EnumeratorOf(object? value) =>
        LanguagePrimitives.GetEnumerator(value) ?? (value is null ? Array.Empty<object>() : new[] { value }).GetEnumerator();
}
