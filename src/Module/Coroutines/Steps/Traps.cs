using System.Management.Automation;
using System.Management.Automation.Language;

namespace AsyncExecutors.Coroutines.Steps;

/// <summary>The traps of one list of statements.</summary>
/// <param name="types">For each trap what writes the type it is for; null for all.</param>
/// <param name="bodies">The traps' bodies, which run in scopes of their own.</param>
internal sealed class Traps(IReadOnlyList<ScriptBlockAst?> types, Step[] bodies)
{
    /// <summary>Gives an error to the trap that is for it.</summary>
    /// <returns>Where the block goes on; null when it does not, and the error is to be thrown on.</returns>
    internal async ValueTask<Flow?> HandleAsync(Frame frame, Exception exception)
    {
        var (handler, error) = await Handlers.FindTrapAsync(frame, exception, types);
        if (handler < 0)
        {
            return null;
        }

        frame.Coroutine.Failed(frame);
        var flow = await RunAsync(frame, bodies[handler], error!, Handlers.AsRuntimeException(exception));
        return flow.Kind switch
        {
            FlowKind.Break => null,

            // The trap's continue means the next statement, and not a loop's next round.
            FlowKind.Continue => Flow.Next,
            _ => flow,
        };
    }

    private static async ValueTask<Flow> RunAsync(Frame frame, Step body, ErrorRecord error, RuntimeException thrown)
    {
        var activation = frame.Coroutine.NewActivation(frame.Activation, error);
        var flow = await body.RunAsync(frame with { Activation = activation, DollarUnder = activation.DollarUnder });
        frame.Coroutine.Failed(frame);
        if (flow.Kind != FlowKind.Next)
        {
            return flow;
        }

        switch (frame.Coroutine.ErrorPreference(frame))
        {
            case ActionPreference.Stop:
                return new Flow(FlowKind.Break);
            case ActionPreference.Inquire:
                frame.Coroutine.Ask(frame, error.Exception.Message);
                break;
            case ActionPreference.SilentlyContinue or ActionPreference.Ignore:
                break;
            default:
                frame.Coroutine.Report(new ErrorRecord(thrown.ErrorRecord, thrown));
                break;
        }

        return flow;
    }
}
