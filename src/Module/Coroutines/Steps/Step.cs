namespace AsyncExecutors.Coroutines.Steps;

/// <summary>A part of a block that suspends somewhere; it runs on the loop's thread, and may come back to it later.</summary>
/// <remarks>Thread safety: immutable, and shared by all tasks of the block.</remarks>
internal abstract class Step
{
    internal abstract ValueTask<Flow> RunAsync(Frame frame);
}
