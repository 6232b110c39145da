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
/// <param name="toOutput">True when the command is a whole statement.</param>
/// <param name="leavesSequence">True when the variable gets an <see cref="AwaitedSequence"/> for an asynchronous sequence.</param>
internal sealed class AwaitStep(
    Step operand,
    string variable,
    ScriptBlockAst command,
    ScriptBlockAst assigned,
    bool isPlain,
    bool toOutput,
    bool leavesSequence) : Step
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
        if (leavesSequence && isPlain && AsyncItems.Are(value) && coroutine.Task.Call.MayAwait(value))
        {
            coroutine.SetVariable(frame, variable, new AwaitedSequence(value!, this));
            return Flow.Next;
        }

        var results = new List<object?>();
        var isDirect = toOutput && isPlain;
        var (isEasy, ended) = await Awaiting.AllAsync(frame, value, isDirect ? frame.Output : results);
        if (!isEasy || !isPlain)
        {
            coroutine.SetVariable(frame, variable, isDirect ? ended : WithResults(results, ended));
            return await coroutine.RunAsync(frame, toOutput ? command : assigned);
        }

        // foreach goes through the objects that a command has written, also when there is one: nothing, or a list.
        coroutine.SetVariable(frame, variable, toOutput ? null : leavesSequence && value is FunctionOutput ? results.ToArray() : Values.Collected(results));
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

/// <summary>An asynchronous sequence that <c>foreach</c> reads item by item.</summary>
/// <param name="Sequence">The sequence.</param>
/// <param name="Await">What awaits it.</param>
internal sealed record AwaitedSequence(object Sequence, AwaitStep Await);
