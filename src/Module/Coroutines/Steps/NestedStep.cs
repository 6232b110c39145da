using System.Management.Automation;

namespace AsyncExecutors.Coroutines.Steps;

/// <summary>Statements whose output is a value: <c>$( )</c>, <c>@( )</c>, the right side of an assignment, the first and last part of <c>for</c>.</summary>
internal sealed class NestedStep(Step body, string variable, bool isArray) : Step
{
    internal override async ValueTask<Flow> RunAsync(Frame frame)
    {
        var coroutine = frame.Coroutine;
        var output = new List<object?>();
        Flow flow;
        try
        {
            flow = await body.RunAsync(frame with { Output = output });
        }
        catch (FlowControlException) when (!isArray)
        {
            // exit, that is.
            Values.Write(frame.Output, output);
            throw;
        }

        if (flow.Kind == FlowKind.Next)
        {
            coroutine.SetVariable(frame, variable, coroutine.Here(frame, isArray ? output.ToArray() : Values.Collected(output)));
        }
        else
        {
            // What was written before the way out is output of the block; in @( ) it is lost: as in the plain block.
            Values.Write(frame.Output, isArray ? [] : output);
        }

        return flow;
    }
}
