namespace AsyncExecutors.Coroutines.Steps;

/// <summary>Goes on somewhere else.</summary>
internal sealed class LeaveStep(Flow flow) : Step
{
    internal override ValueTask<Flow> RunAsync(Frame frame) => new(flow);
}
