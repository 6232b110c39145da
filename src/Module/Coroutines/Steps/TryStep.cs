using System.Management.Automation.Language;
using System.Runtime.ExceptionServices;

namespace AsyncExecutors.Coroutines.Steps;

/// <summary><c>try</c>, <c>catch</c>, <c>finally</c>.</summary>
/// <param name="body">What is tried.</param>
/// <param name="types">For each catch clause what writes the types it is for; null for all.</param>
/// <param name="catches">The catch clauses' bodies, and the variables that get what is caught, for <c>throw</c>.</param>
/// <param name="traps">
/// The traps of the statements that it is one of; null for none. PowerShell gives them an error that no catch clause is for
/// before the finally block runs. When they do not let the block go on, they get what is thrown once more, behind it.
/// </param>
/// <param name="atEnd">The finally block; null for none.</param>
internal sealed class TryStep(Step body, IReadOnlyList<ScriptBlockAst?> types, (string Caught, Step Body)[] catches, Traps? traps, Step? atEnd) : Step
{
    internal override async ValueTask<Flow> RunAsync(Frame frame)
    {
        ExceptionDispatchInfo? thrown = null;
        var flow = Flow.Next;
        try
        {
            flow = await TryAsync(frame);
        }
        catch (Exception exception)
        {
            thrown = ExceptionDispatchInfo.Capture(exception);
        }

        if (atEnd is not null)
        {
            var left = await atEnd.RunAsync(frame with { IsFinally = true });
            if (left.Kind != FlowKind.Next)
            {
                return left;
            }
        }

        thrown?.Throw();
        return flow;
    }

    private async ValueTask<Flow> TryAsync(Frame frame)
    {
        try
        {
            return await body.RunAsync(frame);
        }
        catch (Exception exception) when (catches.Length > 0 && frame.Coroutine.IsError(frame, exception))
        {
            var (handler, error) = await Handlers.FindAsync(frame, exception, types);
            if (handler < 0)
            {
                if (traps is not null && await traps.HandleAsync(frame, exception) is { } after)
                {
                    return after;
                }

                throw;
            }

            frame.Coroutine.SetVariable(frame, catches[handler].Caught, Handlers.AsRuntimeException(exception));
            return await CatchAsync(frame with { DollarUnder = new DollarUnder(error, frame.Coroutine.Moves) }, catches[handler].Body);
        }
    }

    private static async ValueTask<Flow> CatchAsync(Frame frame, Step handler)
    {
        frame.Coroutine.Failed(frame);
        return await handler.RunAsync(frame);
    }
}
