namespace AsyncExecutors;

/// <summary>
/// One thread that runs tasks and their continuations, one at a time, each to its end or to its next wait.
/// </summary>
/// <remarks>
/// <para>
/// The thread is dedicated, named and background. While the loop's code runs,
/// <see cref="System.Threading.SynchronizationContext.Current"/> leads to the loop, so that what follows an
/// <c>await</c> comes back to it. An exception from an item ends that item, not the loop.
/// </para>
/// <para>Thread safety: all public members may be used from any thread, except where they say otherwise.</para>
/// </remarks>
public sealed partial class EventLoop
{
    [ThreadStatic]
    private static EventLoop? CurrentLoop;

    private readonly LoopSynchronizationContext _context;
    private volatile IEventLoopHost? _host;
    private readonly Exception? _hostFailure;
    private readonly StopCount _stops;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal EventLoop(string name, EventLoopOptions options, ILoopOwner owner)
    {
        Name = name;
        _owner = owner;
        _stops = owner.Stops;
        TimeProvider = options.TimeProvider;
        Clock = new LoopClock(TimeProvider);
        _onThread.Deadline = long.MaxValue;
        GracePeriod = options.GracePeriod;
        _suspended = new SuspendedTasks(this);
        _context = new OwnSynchronizationContext(this);
        try
        {
            _host = options.HostFactory?.Invoke();
        }
        catch (Exception exception)
        {
            // Breaks the loop as a host that cannot be set up does, wherever the loop was made.
            _hostFailure = exception;
        }

        Thread = new Thread(Run, options.MaxStackSize) { IsBackground = true, Name = name };
        Thread.UnsafeStart();
    }

    /// <summary>The loop whose thread this is; null on any other thread.</summary>
    public static EventLoop? Current => CurrentLoop;

    /// <summary>The loop's name, and its thread's.</summary>
    public string Name { get; }

    /// <summary>The loop's own thread.</summary>
    public Thread Thread { get; }

    /// <summary>What was set up around the loop's pump; null for a plain loop, and for one that has ended.</summary>
    public IEventLoopHost? Host => _host;

    /// <summary>
    /// Brings what is posted to this loop. A task's code sees a context of its own, which does the same and remembers
    /// whose continuation it is.
    /// </summary>
    public SynchronizationContext SynchronizationContext => _context;

    /// <summary>The loop's clock.</summary>
    public TimeProvider TimeProvider { get; }

    /// <summary>How long code may take to end once it has been asked to.</summary>
    public TimeSpan GracePeriod { get; }

    /// <summary>Ends when the loop is ready to run tasks; fails when its host could not be set up.</summary>
    public Task Started => _started.Task;

    /// <summary>Ends, always without an exception, when the loop's thread does, or when the loop is given up.</summary>
    public Task Completion => _ended.Task;

    /// <summary>
    /// Raised for an exception that belongs to no task: one thrown by a posted callback, such as an <c>async void</c>
    /// method's. The loop goes on. Raised where it was thrown; without a handler the exception is dropped, as it must
    /// not end the process of whoever uses the loop. What a handler throws is dropped as well.
    /// </summary>
    public event EventHandler<UnhandledExceptionEventArgs>? UnhandledException;

    /// <summary>Describes the loop in one line.</summary>
    /// <returns>The name and what is pending.</returns>
    public override string ToString() => $"{Name}: {PendingCount} pending";

    private void Run()
    {
        CurrentLoop = this;
        System.Threading.SynchronizationContext.SetSynchronizationContext(_context);
        _owner.LoopBegins();
        try
        {
            RunHosted();
        }
        catch (Exception exception)
        {
            // One that was given up has nothing left that could fail with it.
            if (!_abandoned)
            {
                Break(exception);
            }
        }
        finally
        {
            CurrentLoop = null;
            DisposeWatch();

            // Tasks that somebody keeps know their loop, and PowerShell knows threads that have ended, for long. A host may be large.
            System.Threading.SynchronizationContext.SetSynchronizationContext(null);
            _host = null;

            // Who gives the loop up does this, once what waits has another loop to go on on: this thread may be back earlier.
            if (!_abandoned)
            {
                _ended.TrySetResult();

                // What was posted between the pump's last look and here.
                DrainElsewhere();
            }

            _owner.LoopEnded(this);
        }
    }

    private void RunHosted()
    {
        if (_hostFailure is not null)
        {
            throw _hostFailure;
        }

        if (_host is null)
        {
            Pump();
            return;
        }

        _host.Run(this, Pump);
        if (!_completed && !_abandoned)
        {
            throw new InvalidOperationException($"The host of {Name} returned before the loop had ended.");
        }
    }

    /// <summary>The host failed: nothing that was given to this loop may stay without an end.</summary>
    private void Break(Exception exception)
    {
        _failure = new InvalidOperationException($"The event loop {Name} broke down: {exception.Message}", exception);
        _started.TrySetException(exception);
        _ = _started.Task.Exception;

        // The pool forgets the loop first: whoever is told of a task's end may hand the pool another one.
        _owner.LoopBroken(this);
        Close();
        FailAll();
    }

    /// <summary>The clock as the loop's thread last saw it.</summary>
    internal LoopClock Clock { get; private set; }

    /// <summary>Raises <see cref="UnhandledException"/>.</summary>
    internal void Report(Exception exception)
    {
        try
        {
            UnhandledException?.Invoke(this, new UnhandledExceptionEventArgs(exception, isTerminating: false));
        }
        catch (Exception)
        {
            // A handler that fails has nobody to be reported to, and must not end the loop.
        }
    }
}
