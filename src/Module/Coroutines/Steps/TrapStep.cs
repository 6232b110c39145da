using System.Management.Automation;
using System.Management.Automation.Language;

namespace AsyncExecutors.Coroutines.Steps;

/// <summary>Statements with traps around them, each of which a trap may let go on behind.</summary>
/// <param name="statements">The statements.</param>
/// <param name="types">For each trap what writes the type it is for; null for all.</param>
/// <param name="traps">The traps' bodies, which run in scopes of their own.</param>
internal sealed class TrapStep(Step[] statements, IReadOnlyList<ScriptBlockAst?> types, Step[] traps) : Step
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
                var (handler, error) = await Handlers.FindTrapAsync(frame, exception, types);
                if (handler < 0)
                {
                    throw;
                }

                frame.Coroutine.Failed();
                flow = await TrapAsync(frame, traps[handler], error!, Handlers.AsRuntimeException(exception));
                if (flow.Kind == FlowKind.Break)
                {
                    throw;
                }

                // The trap's continue means the next statement, and not a loop's next round.
                flow = flow.Kind == FlowKind.Continue ? Flow.Next : flow;
            }

            if (flow.Kind != FlowKind.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }

    private static async ValueTask<Flow> TrapAsync(Frame frame, Step trap, ErrorRecord error, RuntimeException thrown)
    {
        var activation = frame.Coroutine.NewActivation(frame.Activation, error);
        var flow = await trap.RunAsync(frame with { Activation = activation, DollarUnder = activation.DollarUnder });
        if (flow.Kind == FlowKind.Next)
        {
            frame.Coroutine.Report(new ErrorRecord(thrown.ErrorRecord, thrown));
        }

        frame.Coroutine.Failed();
        return flow;
    }
}
