namespace AsyncExecutors.Coroutines.Steps;

/// <summary>Steps one after the other.</summary>
internal sealed class SequenceStep(Step[] steps) : Step
{
    internal override async ValueTask<Flow> RunAsync(Frame frame)
    {
        foreach (var step in steps)
        {
            var flow = await step.RunAsync(frame);
            if (flow.Kind != FlowKind.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }
}
