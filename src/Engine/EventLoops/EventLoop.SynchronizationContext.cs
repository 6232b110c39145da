namespace AsyncExecutors;

/// <content>The way back to the loop for continuations.</content>
public sealed partial class EventLoop
{
    /// <summary>
    /// The context of a task's code, or of the loop itself. By it the loop knows whose code a continuation is, and so
    /// whom to give up when it does not end. Each task has its own, also one that ends in its turn: work that it does not
    /// wait for may come back to its context later.
    /// </summary>
    private abstract class LoopSynchronizationContext : SynchronizationContext
    {
        /// <summary>Whose code's context it is; null for the loop's own.</summary>
        internal abstract TaskInfo? Task { get; }

        /// <summary>The loop to which what is posted comes.</summary>
        private protected abstract EventLoop Loop { get; }

        public override void Post(SendOrPostCallback d, object? state) => Loop.Post(new Callback(d, state, this), hasWaited: false);

        public override void Send(SendOrPostCallback d, object? state)
        {
            if (CurrentLoop == Loop)
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

    private sealed class OwnSynchronizationContext(EventLoop loop) : LoopSynchronizationContext
    {
        internal override TaskInfo? Task => null;

        private protected override EventLoop Loop => loop;
    }

    /// <summary>Of a task's code. When the task moves to another loop, its code goes on there.</summary>
    private sealed class TaskSynchronizationContext(TaskInfo task) : LoopSynchronizationContext
    {
        internal override TaskInfo? Task => task;

        private protected override EventLoop Loop => task.EventLoop!;
    }
}
