namespace AsyncExecutors;

/// <content>The way back to the loop for continuations.</content>
public sealed partial class EventLoop
{
    private sealed class LoopSynchronizationContext(EventLoop loop) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => loop.Post(d, state);

        public override void Send(SendOrPostCallback d, object? state)
        {
            if (CurrentLoop == loop)
            {
                d(state);
                return;
            }

            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            loop.Post(
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
            done.Task.GetAwaiter().GetResult();
        }

        public override SynchronizationContext CreateCopy() => this;
    }
}
