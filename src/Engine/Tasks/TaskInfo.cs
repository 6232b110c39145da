using System.Diagnostics;

namespace AsyncExecutors;

/// <summary>
/// A task that was handed to an executor: what it is called, where it runs, and how it ends. Ports the seed page's
/// <c>TaskInfo(future, event_loop, thread)</c>.
/// </summary>
/// <remarks>
/// <para>
/// A task goes from pending to running to exactly one end, whatever happens: its own end, an exception, a timeout, a
/// stop, its executor's shutdown, a broken loop. Derived types say what the task does (<see cref="OnStart"/>) and how
/// its code is asked to end (<see cref="OnStop"/>); everything else is here, once.
/// </para>
/// <para>Thread safety: all public members may be used from any thread at any time.</para>
/// </remarks>
public abstract partial class TaskInfo
{
    private static long LastId;

    /// <summary>In <c>_submission</c>: an executor looks for a loop for the task, and no other may.</summary>
    private const int Claimed = int.MaxValue;

    private readonly TimeSpan _timeLimit;

    /// <summary>0 before an executor has the task, then <c>Claimed</c>, then one more than <see cref="SubmittedAt"/>.</summary>
    private int _submission;
    private long _startTimestamp;
    private long _endTimestamp;

    /// <summary>
    /// Until the task has ended, its function, if that is what its code is. Then its <see cref="TaskResult"/>, or what that is made
    /// of when somebody asks, which is what the code returned when the task succeeded and otherwise why it did not.
    /// </summary>
    private object? _content;

    private ITaskObserver? _observer;

    /// <summary>Makes a task that no executor has been given yet.</summary>
    /// <param name="options">Name and timeout.</param>
    protected TaskInfo(in TaskOptions options)
        : this(options, function: null)
    {
    }

    /// <param name="options">Name and timeout.</param>
    /// <param name="function">What <see cref="Content"/> is until the task has ended, which then keeps it no longer.</param>
    private protected TaskInfo(in TaskOptions options, object? function)
    {
        _content = function;
        Id = Interlocked.Increment(ref LastId);
        Index = options.Index;
        _timeLimit = options.Timeout;
        if (options.Name is not null)
        {
            _asides = new Aside { Name = options.Name };
        }
    }

    /// <summary>A number that no other task of this process has.</summary>
    public long Id { get; }

    /// <summary>The name given, or <c>Task</c> with the <see cref="Id"/>.</summary>
    public string Name => GivenName ?? NameOf(Id);

    internal string? GivenName => Volatile.Read(ref _asides)?.Name;

    /// <summary>Where the task stands.</summary>
    public AsyncTaskStatus Status => EndStatus is not AsyncTaskStatus.Pending and var status
        ? status
        : (Volatile.Read(ref _state) & Running) == 0 ? AsyncTaskStatus.Pending : AsyncTaskStatus.Running;

    /// <summary>The result; null as long as the task has not ended.</summary>
    public TaskResult? Result => HasEnded ? Volatile.Read(ref _content) as TaskResult ?? MakeResult() : null;

    /// <summary>True as soon as there is a <see cref="Result"/>.</summary>
    internal bool HasEnded => EndStatus != AsyncTaskStatus.Pending;

    /// <summary>
    /// Ends when the task does, a moment after <see cref="Status"/> says so: with its value, or with the exception of
    /// <see cref="TaskResult.Exception"/>, cancelled when that is an <see cref="OperationCanceledException"/>, as an async method's
    /// task: so when the task was stopped. (The seed page's <c>future</c>.) What follows an <c>await</c> of it never runs on the thread
    /// that ends the task; a continuation that asks to be executed synchronously does.
    /// </summary>
    public Task Future => FutureOfAnyType;

    private protected abstract Task FutureOfAnyType { get; }

    /// <summary>
    /// The event loop the task was given to. A task that has not begun may still move to another loop of its pool when
    /// its own is held up. Null before an executor has it.
    /// </summary>
    public EventLoop? EventLoop { get; internal set; }

    /// <summary>The thread of <see cref="EventLoop"/>.</summary>
    public Thread? Thread => EventLoop?.Thread;

    /// <summary>The task's place among those of its call, from 0.</summary>
    public int Index { get; internal set; }

    /// <summary>The time the task may take from its start; null for no limit.</summary>
    public TimeSpan? TimeLimit => HasTimeLimit ? _timeLimit : null;

    private bool HasTimeLimit => _timeLimit != System.Threading.Timeout.InfiniteTimeSpan;

    /// <summary>A line for a log: the name, the status and the loop.</summary>
    /// <returns>The line.</returns>
    public override string ToString() => EventLoop is { } loop ? $"{Name} {Status} on {loop.Name}" : $"{Name} {Status}";

    /// <summary>
    /// Makes what <see cref="OnStop"/> needs. Called once at the most, on the loop's thread, before the task can be asked
    /// to end while it runs; one that was stopped before it began never runs.
    /// </summary>
    private protected virtual void BeforeStart()
    {
    }

    /// <summary>
    /// Does the task's work. Called once, on the loop's thread, with the loop's <see cref="SynchronizationContext"/>
    /// current.
    /// </summary>
    /// <returns>
    /// Null or an ended task when the work is done; a running one when it goes on without the thread. An exception
    /// thrown here, or by the returned task, makes this task fail.
    /// </returns>
    protected abstract Task? OnStart();

    /// <summary>
    /// Asks the running code to end, after a timeout or a stop. Called once at the most, on any thread; must return
    /// soon and must not throw. When the code has not ended within the loop's grace period the task ends without it.
    /// </summary>
    protected abstract void OnStop();

    /// <summary>
    /// True when the result need not be made before somebody asks for it: <see cref="CreateResult"/> then may be called
    /// at any time after the end, on any thread, and more than once, and gives the same each time.
    /// </summary>
    protected virtual bool MakesResultOnDemand => false;

    /// <summary>Makes the result. Called once, when it is certain how the task ends.</summary>
    /// <param name="status">The end.</param>
    /// <param name="exception">Why the task did not succeed; null when it did.</param>
    /// <param name="body">What <see cref="OnStart"/> returned when the task succeeded; null when it did not, or when that returned nothing.</param>
    /// <returns>The result.</returns>
    protected abstract TaskResult CreateResult(AsyncTaskStatus status, Exception? exception, Task? body);

    /// <summary>Tells derived types that <see cref="Result"/> is there. Must not run foreign code.</summary>
    protected virtual void OnEnded()
    {
    }

    internal static string NameOf(long id) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Task{id}");

    /// <summary>The pool's count of stops when the task came into a queue.</summary>
    internal int SubmittedAt
    {
        get => _submission - 1;
        set => _submission = value + 1;
    }

    /// <summary>An executor is to hand the task over. Two threads may try at once, and one of them may.</summary>
    /// <returns>False when one has or does.</returns>
    internal bool TryClaim() => Interlocked.CompareExchange(ref _submission, Claimed, 0) == 0;

    /// <summary>The executor has refused the task: another one may have it.</summary>
    internal void Unclaim() => Interlocked.CompareExchange(ref _submission, 0, Claimed);

    /// <summary>Names who is told of the end. Called before the task is given to a loop.</summary>
    /// <returns>False when the task has ended before, and the observer will not be told.</returns>
    internal bool Observe(ITaskObserver observer)
    {
        _observer = observer;
        Interlocked.MemoryBarrier();
        return !HasEnded || !StopObserving();
    }

    /// <summary>The observer is not to be told. For a task that has not begun.</summary>
    /// <returns>False when it is too late for that.</returns>
    internal bool StopObserving() => Interlocked.Exchange(ref _observer, null) is not null;

    /// <summary>
    /// The task's function until the task has ended, which may be at any time. What the code returned, when the task has succeeded
    /// and its result was not asked for yet.
    /// </summary>
    private protected object? Content => Volatile.Read(ref _content);

    /// <summary>Makes the end visible.</summary>
    /// <returns>True when the future is the caller's to end.</returns>
    private bool Complete(AsyncTaskStatus status, object? outcome, EventLoop? loop, bool isOnLoop)
    {
        _endTimestamp = loop is null || _startTimestamp == 0 ? 0 : isOnLoop ? loop.ItemEnd() : loop.Now();
        _content = _observer is not null || !MakesResultOnDemand ? NewResult(ref status, outcome) : outcome;

        Debug.Assert(!HasEnded, "A task ends once.");
        return ShowEnd(status);
    }

    private TaskResult MakeResult()
    {
        var outcome = Volatile.Read(ref _content);
        if (outcome is TaskResult before)
        {
            return before;
        }

        var status = EndStatus;
        var made = NewResult(ref status, outcome);
        return Interlocked.CompareExchange(ref _content, made, outcome) as TaskResult ?? made;
    }

    private TaskResult NewResult(ref AsyncTaskStatus status, object? outcome)
    {
        TaskResult result;
        try
        {
            result = CreateResult(status, outcome as Exception, outcome as Task);
            if (result.Exception is null && status != AsyncTaskStatus.Succeeded)
            {
                throw new InvalidOperationException($"{Name} {status}, and its result does not say why.");
            }
        }
        catch (Exception failure)
        {
            status = AsyncTaskStatus.Failed;
            result = new TaskResult(status, null, failure);
        }

        result.Complete(this, _endTimestamp == 0 ? null : EventLoop!.Clock, _startTimestamp, _endTimestamp);
        return result;
    }
}
