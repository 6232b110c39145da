namespace AsyncExecutors;

/// <summary>
/// One thread that runs tasks and their continuations, one at a time, each to its end or to its next wait.
/// </summary>
/// <remarks>
/// <para>
/// The thread is dedicated, named and background. While the loop's code runs,
/// <see cref="System.Threading.SynchronizationContext.Current"/> is the loop's, so that what follows an <c>await</c>
/// comes back to the loop. An exception from an item ends that item, not the loop.
/// </para>
/// <para>Thread safety: all public members may be used from any thread, except where they say otherwise.</para>
/// </remarks>
public sealed partial class EventLoop
{
    [ThreadStatic]
    private static EventLoop? CurrentLoop;

    private readonly IEventLoopHost? _host;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal EventLoop(string name, EventLoopOptions options, ILoopOwner? owner)
    {
        Name = name;
        _owner = owner;
        _host = options.HostFactory?.Invoke();
        TimeProvider = options.TimeProvider;
        GracePeriod = options.GracePeriod;
        SynchronizationContext = new LoopSynchronizationContext(this);
        Thread = new Thread(Run) { IsBackground = true, Name = name };
        Thread.UnsafeStart();
    }

    /// <summary>The loop whose thread this is; null on any other thread.</summary>
    public static EventLoop? Current => CurrentLoop;

    /// <summary>The loop's name, and its thread's.</summary>
    public string Name { get; }

    /// <summary>The loop's own thread.</summary>
    public Thread Thread { get; }

    /// <summary>What was set up around the loop's pump; null for a plain loop.</summary>
    public IEventLoopHost? Host => _host;

    /// <summary>The context that brings continuations back to this loop.</summary>
    public SynchronizationContext SynchronizationContext { get; }

    /// <summary>The loop's clock.</summary>
    public TimeProvider TimeProvider { get; }

    /// <summary>How long code may take to end once it has been asked to.</summary>
    public TimeSpan GracePeriod { get; }

    /// <summary>Ends when the loop is ready to run tasks; fails when its host could not be set up.</summary>
    public Task Started => _started.Task;

    /// <summary>Ends, always without an exception, when the loop's thread does.</summary>
    public Task Completion => _ended.Task;

    /// <summary>
    /// Raised for an exception that belongs to no task: one thrown by a posted callback, such as an <c>async void</c>
    /// method's. The loop goes on. Raised on the loop's thread; without a handler the exception is dropped, as it must
    /// not end the process of whoever uses the loop.
    /// </summary>
    public event EventHandler<UnhandledExceptionEventArgs>? UnhandledException;

    /// <summary>Describes the loop in one line.</summary>
    /// <returns>The name and what is pending.</returns>
    public override string ToString() => $"{Name}: {PendingCount} pending";

    private void Run()
    {
        CurrentLoop = this;
        System.Threading.SynchronizationContext.SetSynchronizationContext(SynchronizationContext);
        try
        {
            if (_host is null)
            {
                Pump();
            }
            else
            {
                _host.Run(this, Pump);
                if (!IsCompletedAndIdle && !_abandoned)
                {
                    throw new InvalidOperationException($"The host of {Name} returned before the loop had ended.");
                }
            }
        }
        catch (Exception exception)
        {
            Break(exception);
        }
        finally
        {
            System.Threading.SynchronizationContext.SetSynchronizationContext(null);
            CurrentLoop = null;
            DisposeWatch();
            _ended.TrySetResult();
            _owner?.LoopEnded(this);
        }
    }

    /// <summary>The host failed: nothing that was given to this loop may stay without an end.</summary>
    private void Break(Exception exception)
    {
        Close();
        _started.TrySetException(exception);
        _ = _started.Task.Exception;
        var failure = new InvalidOperationException($"The event loop {Name} broke down: {exception.Message}", exception);
        FailAll(failure);
    }
}
