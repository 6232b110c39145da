namespace AsyncExecutors.Coroutines.Steps;

/// <summary>A step whose output goes nowhere, however it ends.</summary>
internal sealed class UnheardStep(Step step) : Step
{
    internal override ValueTask<Flow> RunAsync(Frame frame) => step.RunAsync(frame with { Output = new List<object?>() });
}
