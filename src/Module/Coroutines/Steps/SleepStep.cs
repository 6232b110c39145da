using System.Management.Automation;
using System.Management.Automation.Language;

namespace AsyncExecutors.Coroutines.Steps;

/// <summary><c>Start-Sleep</c>, without holding the loop.</summary>
/// <param name="name">What the command is called in the block.</param>
/// <param name="command">The command as it stands in the block, for when its name means something else.</param>
/// <param name="time">Writes how long it is to sleep.</param>
internal sealed class SleepStep(string name, ScriptBlockAst command, ScriptBlockAst time) : Step
{
    internal override async ValueTask<Flow> RunAsync(Frame frame)
    {
        var coroutine = frame.Coroutine;
        if (coroutine.IsRedefined(frame, name))
        {
            return await coroutine.RunAsync(frame, command);
        }

        var output = new List<object?>();
        Flow flow;
        try
        {
            flow = await coroutine.RunAsync(frame with { Output = output }, time);
        }
        catch (ParameterBindingException)
        {
            // The command itself fails in the same way, and its error names it.
            return await coroutine.RunAsync(frame, command);
        }

        if (flow.Kind == FlowKind.Next && output is [var written] && (written is PSObject wrapped ? wrapped.BaseObject : written) is TimeSpan sleep)
        {
            await coroutine.WaitAsync(frame, coroutine.DelayAsync(frame, sleep));
        }

        return flow;
    }
}
