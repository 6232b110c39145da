namespace AsyncExecutors.Coroutines.Steps;

/// <summary>
/// <c>$( )</c> as a statement: its value is written at its end, one that is a list item by item. On another way out, also an
/// error, what it has written is output as it is.
/// </summary>
internal sealed class SubExpressionStep(Step body) : Step
{
    internal override async ValueTask<Flow> RunAsync(Frame frame)
    {
        var output = new List<object?>();
        Flow flow;
        try
        {
            flow = await body.RunAsync(frame with { Output = output });
        }
        catch
        {
            Values.Write(frame.Output, output);
            throw;
        }

        if (flow.Kind == FlowKind.Next && output is [var only])
        {
            Values.WriteItems(frame.Output, only);
        }
        else
        {
            Values.Write(frame.Output, output);
        }

        return flow;
    }
}
