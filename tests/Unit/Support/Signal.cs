namespace AsyncExecutors.Tests;

/// <summary>A gate that is opened once. Can be waited for by blocking and by awaiting; each wait has a limit.</summary>
internal sealed class Signal
{
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal bool IsOpen => _opened.Task.IsCompleted;

    /// <summary>Without a limit: for code under test, which others end.</summary>
    internal Task Opened => _opened.Task;

    internal void Open() => _opened.TrySetResult();

    /// <summary>Longer than a test waits for what it expects, which must not come about because this has ended.</summary>
    internal void Wait() => Assert.True(_opened.Task.Wait(Waiting.Limit * 2), $"A signal did not come within {Waiting.Limit * 2}.");

    internal Task WaitAsync() => _opened.Task.Within("A signal");
}
