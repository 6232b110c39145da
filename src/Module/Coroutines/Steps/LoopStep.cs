namespace AsyncExecutors.Coroutines.Steps;

/// <summary><c>while</c>, <c>do</c> and <c>for</c>.</summary>
/// <param name="label">The loop's label.</param>
/// <param name="condition">Null for a loop without end.</param>
/// <param name="goesOnWhile">The condition's value with which the loop goes on.</param>
/// <param name="body">What is repeated.</param>
/// <param name="afterBody">What follows each round; null for nothing.</param>
/// <param name="bodyFirst">True when the condition is looked at after the body.</param>
internal sealed class LoopStep(string? label, Condition? condition, bool goesOnWhile, Step body, Step? afterBody, bool bodyFirst) : Step
{
    internal override async ValueTask<Flow> RunAsync(Frame frame)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            if (condition is not null && !(isFirst && bodyFirst))
            {
                var (isTrue, flow) = await condition.EvaluateAsync(frame);
                if (flow.Kind != FlowKind.Next)
                {
                    return flow;
                }

                if (isTrue != goesOnWhile)
                {
                    return Flow.Next;
                }
            }

            if ((await body.RunAsync(frame)).Ends(label, out var after)
                || (afterBody is not null && (after = await afterBody.RunAsync(frame)).Kind != FlowKind.Next))
            {
                return after;
            }
        }
    }
}
