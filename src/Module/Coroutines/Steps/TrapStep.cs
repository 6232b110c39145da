namespace AsyncExecutors.Coroutines.Steps;

/// <summary>Statements with traps around them, each of which a trap may let go on behind.</summary>
/// <param name="statements">The statements.</param>
/// <param name="traps">The traps.</param>
internal sealed class TrapStep(Step[] statements, Traps traps) : Step
{
    internal override async ValueTask<Flow> RunAsync(Frame frame)
    {
        foreach (var statement in statements)
        {
            Flow flow;
            try
            {
                flow = await statement.RunAsync(frame);
            }
            catch (Exception exception) when (frame.Coroutine.IsError(frame, exception))
            {
                if (await traps.HandleAsync(frame, exception) is not { } after)
                {
                    throw;
                }

                flow = after;
            }

            if (flow.Kind != FlowKind.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }
}
