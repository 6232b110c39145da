using System.Collections;
using System.Management.Automation;
using AsyncExecutors.Coroutines;

namespace AsyncExecutors.Suspension.Steps;

/// <summary><c>foreach</c> over the value of a variable.</summary>
internal sealed class ForEachStep(string? label, string variable, Step list, string listVariable, Step body) : Step
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
            if (AsyncItems.Are(value))
            {
                return await OverAsync(frame, value!);
            }

            using var enumerator = new Items(value);
            coroutine.SetVariable(frame, EnumeratorVariable, enumerator.Enumerator);
            while (enumerator.MoveNext())
            {
                SetItem(frame, enumerator.Current);
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

    /// <summary>What <c>foreach</c> goes through: the items of a collection, or one object; nothing for null.</summary>
    private sealed class Items(object? value) : IDisposable
    {
        internal IEnumerator Enumerator { get; } =
            LanguagePrimitives.GetEnumerator(value) ?? (value is null ? Array.Empty<object>() : new[] { value }).GetEnumerator();

        internal object? Current => Enumerator.Current;

        internal bool MoveNext() => Enumerator.MoveNext();

        public void Dispose() => (Enumerator as IDisposable)?.Dispose();
    }
}
