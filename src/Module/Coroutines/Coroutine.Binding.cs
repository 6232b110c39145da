using System.Management.Automation;
using System.Management.Automation.Language;
using System.Runtime.ExceptionServices;

namespace AsyncExecutors.Coroutines;

/// <content>How the parameters of the block, and of the functions that it awaits, get their values.</content>
internal sealed partial class Coroutine
{
    internal ScriptBlock Binder(Frame frame, BlockPlan function) => HostAt(frame.Activation).BinderOf(function.Binder);

    /// <summary>Binds parameters: runs the code that calls the binder, and keeps what that writes.</summary>
    internal async ValueTask<Flow> BindAsync(Frame frame, BlockPlan called, ScriptBlockAst code)
    {
        var bound = new List<object?>();
        var flow = await RunAsync(frame with { Output = bound }, code);
        Bound(frame, called, bound);
        return flow;
    }

    private ValueTask<Flow> BindAsync(Frame frame)
    {
        if (!Task.Call.InputIsArgument)
        {
            return BindGivenAsync(frame);
        }

        SetVariable(frame, BlockPlan.BlockVariable, Binder(frame, plan));
        SetVariable(frame, BlockPlan.InputVariable, _input);
        SetVariable(frame, BlockPlan.ArgumentsVariable, frame.Activation.Arguments);
        return BindAsync(frame, plan, plan.TakesPipelineInput ? BlockPlan.BindPiped : BlockPlan.BindCalled);
    }

    private async ValueTask<Flow> BindGivenAsync(Frame frame)
    {
        try
        {
            return await BindAsync(frame, plan, plan.Binder);
        }
        catch (ArgumentTransformationMetadataException exception) when (exception.InnerException is PSInvalidCastException failed)
        {
            // What PowerShell throws where the parameters are variables of the block and not, as here, of a scope.
            ExceptionDispatchInfo.Throw(failed);
            throw;
        }
    }

    private void Bound(Frame frame, BlockPlan called, List<object?> bound)
    {
        if (bound is [var parameters, var arguments])
        {
            SetVariable(frame, "PSBoundParameters", parameters);
            foreach (var (name, value) in CommonParameters.Preferences(parameters, called.Parameters))
            {
                SetVariable(frame, name, value);
            }

            frame.Activation.Arguments = (arguments is PSObject wrapped ? wrapped.BaseObject : arguments) as object?[] ?? [];
        }
    }
}
