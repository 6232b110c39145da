using System.Management.Automation.Language;

namespace AsyncExecutors.Coroutines.Steps;

/// <summary>Awaits what a variable holds, and puts the results into it, or into the output.</summary>
/// <param name="operand">Sets the variable to what is awaited.</param>
/// <param name="variable">Its name.</param>
/// <param name="command">
/// The <c>await</c> command as it stands in the block, with the variable in place of what it awaits. It writes what cannot
/// be a plain value: failures, with their place in the file, and the streams of other tasks. Nothing is left to wait for
/// by then.
/// </param>
/// <param name="assigned">The same command with its output assigned to the variable.</param>
/// <param name="isPlain">True when the results can stand for the command.</param>
/// <param name="use">What the results are for.</param>
internal sealed class AwaitStep(
    Step operand,
    string variable,
    ScriptBlockAst command,
    ScriptBlockAst assigned,
    bool isPlain,
    AwaitUse use) : Step
{
    internal override async ValueTask<Flow> RunAsync(Frame frame)
    {
        var flow = await operand.RunAsync(frame);
        if (flow.Kind != FlowKind.Next)
        {
            return flow;
        }

        var coroutine = frame.Coroutine;
        var value = coroutine.GetVariable(frame, variable);
        if (use == AwaitUse.Sequence && isPlain && AsyncItems.Are(value) && coroutine.Task.Call.MayAwait(value))
        {
            coroutine.SetVariable(frame, variable, new AwaitedSequence(value!, this));
            return Flow.Next;
        }

        var results = new List<object?>();
        var isDirect = use == AwaitUse.Output && isPlain;
        var (isEasy, ended) = await Awaiting.AllAsync(frame, value, isDirect ? frame.Output : results, use == AwaitUse.Sequence);

        // A function's output, or a task's of before, may have been made in another runspace.
        results = (List<object?>)coroutine.Here(frame, results)!;
        if (!isEasy || !isPlain)
        {
            coroutine.SetVariable(frame, variable, isDirect ? ended : WithResults(results, ended));
            return await coroutine.RunAsync(frame, use == AwaitUse.Output ? command : assigned);
        }

        coroutine.SetVariable(frame, variable, use switch
        {
            AwaitUse.Output => null,
            AwaitUse.Value => Values.Collected(results),
            _ => results.ToArray(),
        });
        return Flow.Next;
    }

    /// <summary>Fails as the command does when it awaits a task that has failed: with the command's place in the file.</summary>
    internal ValueTask<Flow> FailAsync(Frame frame, Task failed)
    {
        frame.Coroutine.SetVariable(frame, variable, failed);
        return frame.Coroutine.RunAsync(frame, assigned);
    }

    /// <summary>For the command to write: the results there are before what is left to it.</summary>
    private static object? WithResults(List<object?> results, object? ended) => ended switch
    {
        null => Task.FromResult(results.ToArray()),
        _ when results.Count == 0 => ended,
        object?[] all => (object?[])[Task.FromResult(results.ToArray()), .. all],
        _ => (object?[])[Task.FromResult(results.ToArray()), ended],
    };
}

/// <summary>What the results of an <c>await</c> are for.</summary>
internal enum AwaitUse
{
    /// <summary>The output: it is a whole statement.</summary>
    Output,

    /// <summary>A value: nothing, the one result, or an array.</summary>
    Value,

    /// <summary>What comes next takes them one by one, as a pipeline does. One that is a list is not taken apart.</summary>
    Items,

    /// <summary>The same, for <c>foreach</c>: for an asynchronous sequence the variable gets an <see cref="AwaitedSequence"/>.</summary>
    Sequence,
}

/// <summary>An asynchronous sequence that <c>foreach</c> reads item by item.</summary>
/// <param name="Sequence">The sequence.</param>
/// <param name="Await">What awaits it.</param>
internal sealed record AwaitedSequence(object Sequence, AwaitStep Await);
