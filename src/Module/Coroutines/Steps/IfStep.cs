namespace AsyncExecutors.Coroutines.Steps;

/// <summary><c>if</c>, <c>elseif</c>, <c>else</c>.</summary>
internal sealed class IfStep((Condition Condition, Step Body)[] clauses, Step? otherwise) : Step
{
    internal override async ValueTask<Flow> RunAsync(Frame frame)
    {
        foreach (var (condition, body) in clauses)
        {
            var (isTrue, flow) = await condition.EvaluateAsync(frame);
            if (flow.Kind != FlowKind.Next)
            {
                return flow;
            }

            if (isTrue)
            {
                return await body.RunAsync(frame);
            }
        }

        return otherwise is null ? Flow.Next : await otherwise.RunAsync(frame);
    }
}
