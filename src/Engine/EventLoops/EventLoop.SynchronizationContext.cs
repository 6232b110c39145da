namespace AsyncExecutors;

/// <content>The way back to the loop for continuations.</content>
public sealed partial class EventLoop
{
    /// <summary>The context of the next task's code. Loop thread only.</summary>
    private LoopSynchronizationContext? _taskContext;

    /// <summary>
    /// The task that has just run goes on later, in its context: the next one needs another. One that has ended in the
    /// turn in which it began leaves its context to the next: what it may have left behind on its own account, and comes
    /// back to that context, finds an ended task there, whichever. Loop thread only.
    /// </summary>
    internal void ContextIsTaken() => _taskContext = null;

    /// <summary>
    /// The context of a task's code, or of the loop itself. By it the loop knows whose code a continuation is, and so
    /// whom to give up when it does not end.
    /// </summary>
    private sealed class LoopSynchronizationContext(EventLoop loop) : SynchronizationContext
    {
        /// <summary>The task; null for the loop's own. Loop thread only.</summary>
        internal TaskInfo? Task { get; set; }

        public override void Post(SendOrPostCallback d, object? state) => loop.Post(new Callback(d, state, this));

        public override void Send(SendOrPostCallback d, object? state)
        {
            if (CurrentLoop == loop)
            {
                d(state);
                return;
            }

            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Post(
                _ =>
                {
                    try
                    {
                        d(state);
                        done.SetResult();
                    }
                    catch (Exception exception)
                    {
                        done.SetException(exception);
                    }
                },
                null);
            using (EnterWait())
            {
                done.Task.GetAwaiter().GetResult();
            }
        }

        public override SynchronizationContext CreateCopy() => this;
    }
}
