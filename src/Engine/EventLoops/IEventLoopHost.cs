namespace AsyncExecutors;

/// <summary>
/// Gives an event loop's thread its body: sets up what the loop's tasks need around them, pumps, and cleans up.
/// </summary>
/// <remarks>Thread safety: <see cref="Run"/> is called once a loop, and like <see cref="Idle"/> on that loop's thread.</remarks>
public interface IEventLoopHost
{
    /// <summary>
    /// Runs the loop. Must call <paramref name="pump"/> until that returns true; it returns false when the host has
    /// been asked to leave the pump (<see cref="EventLoop.LeavePump"/>) and is to call it again.
    /// </summary>
    /// <param name="loop">The loop.</param>
    /// <param name="pump">Runs the loop's work; returns true when the loop has ended.</param>
    /// <remarks>
    /// An exception from here breaks the loop: its tasks fail with it, and so does <see cref="EventLoop.Started"/> when
    /// the pump was never reached.
    /// </remarks>
    void Run(EventLoop loop, Func<bool> pump);

    /// <summary>
    /// The loop has nothing to do and is about to wait, for hours it may be: the host lets go of what the last task was
    /// given. Called inside the pump; must return soon. An exception leaves the pump.
    /// </summary>
    void Idle()
    {
    }
}
