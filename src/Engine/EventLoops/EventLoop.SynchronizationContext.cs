namespace AsyncExecutors;

/// <content>The way back to the loop for continuations.</content>
public sealed partial class EventLoop
{
    /// <summary>
    /// The context of a task's code, or of the loop itself. By it the loop knows whose code a continuation is, and so
    /// whom to give up when it does not end. Each task has its own, also one that ends in its turn: work that it does not
    /// wait for may come back to its context later.
    /// </summary>
    private sealed class LoopSynchronizationContext(EventLoop loop, TaskInfo? task) : SynchronizationContext
    {
        internal TaskInfo? Task => task;

        public override void Post(SendOrPostCallback d, object? state) => loop.Post(new Callback(d, state, this), hasWaited: false);

        public override void Send(SendOrPostCallback d, object? state)
        {
            // The task may have moved: then this is no longer the context of its loop, but still its own.
            if (CurrentLoop is { } current && (current == loop || current == task?.EventLoop))
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
