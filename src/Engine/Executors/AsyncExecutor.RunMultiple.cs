using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace AsyncExecutors;

/// <content>Many tasks, never more than so many at once.</content>
public abstract partial class AsyncExecutor
{
    /// <inheritdoc/>
    public IAsyncEnumerable<TaskResult> RunMultipleAsync<T>(
        IEnumerable<Func<CancellationToken, Task<T>>> tasks,
        int maxWorkers = IAsyncExecutor.DefaultMaxWorkers,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default)
    {
        var run = new MultipleRun<T>(this, tasks, maxWorkers, timeout ?? DefaultTimeout);
        return Enumerate(run, cancellationToken, default);

        static async IAsyncEnumerable<TaskResult> Enumerate(
            MultipleRun<T> run,
            CancellationToken callToken,
            [EnumeratorCancellation] CancellationToken enumerationToken)
        {
            using var source = CancellationTokenSource.CreateLinkedTokenSource(callToken, enumerationToken);
            using var group = run.Begin();
            while (group.TakeMore())
            {
                yield return await group.Results.ReadAsync(source.Token).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerable<TaskResult> RunMultiple<T>(
        IEnumerable<Func<CancellationToken, Task<T>>> tasks,
        int maxWorkers = IAsyncExecutor.DefaultMaxWorkers,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default)
    {
        var run = new MultipleRun<T>(this, tasks, maxWorkers, timeout ?? DefaultTimeout);
        return Enumerate(run, cancellationToken);

        static IEnumerable<TaskResult> Enumerate(MultipleRun<T> run, CancellationToken cancellationToken)
        {
            run.Executor.ThrowIfWaitWouldDeadlock();
            using var group = run.Begin();
            while (group.TakeMore())
            {
                if (!group.Results.TryRead(out var result))
                {
                    using (EventLoop.EnterWait())
                    {
                        result = group.Results.ReadAsync(cancellationToken).AsTask().GetAwaiter().GetResult();
                    }
                }

                cancellationToken.ThrowIfCancellationRequested();
                yield return result;
            }
        }
    }

    /// <summary>What one call was given; each enumeration of its result begins anew.</summary>
    private sealed record MultipleRun<T>
    {
        internal MultipleRun(AsyncExecutor executor, IEnumerable<Func<CancellationToken, Task<T>>> tasks, int maxWorkers, TimeSpan timeout)
        {
            ArgumentNullException.ThrowIfNull(tasks);
            ArgumentOutOfRangeException.ThrowIfLessThan(maxWorkers, 1);
            Executor = executor;
            Tasks = tasks;
            MaxWorkers = maxWorkers;
            Options = new TaskOptions { Timeout = timeout };
        }

        internal AsyncExecutor Executor { get; }

        internal IEnumerable<Func<CancellationToken, Task<T>>> Tasks { get; }

        internal int MaxWorkers { get; }

        internal TaskOptions Options { get; }

        internal Enumeration<T> Begin() => new(this);
    }

    /// <summary>One enumeration: takes tasks as there is room, and has their results. Not thread-safe but for the results.</summary>
    private sealed class Enumeration<T> : ITaskObserver, IDisposable
    {
        private readonly MultipleRun<T> _run;
        private readonly IEnumerator<Func<CancellationToken, Task<T>>> _tasks;
        private readonly TaskGroup _group;
        private readonly Channel<TaskResult> _results = Channel.CreateUnbounded<TaskResult>(
            new UnboundedChannelOptions { SingleReader = true });

        private int _taken;
        private int _yielded;
        private bool _atEnd;
        private ExceptionDispatchInfo? _inputFailure;

        internal Enumeration(MultipleRun<T> run)
        {
            _run = run;
            _group = new TaskGroup(run.Executor, run.MaxWorkers, this);
            _tasks = run.Tasks.GetEnumerator();
        }

        internal ChannelReader<TaskResult> Results => _results.Reader;

        public void OnEnded(TaskInfo task, TaskResult result) => _results.Writer.TryWrite(result);

        public void Dispose()
        {
            _group.Stop();
            _tasks.Dispose();
        }

        /// <summary>Begins what there is room for; false when every task's result has been read.</summary>
        internal bool TakeMore()
        {
            while (!_atEnd && _taken - _yielded < _run.MaxWorkers)
            {
                if (TakeNext() is { } task)
                {
                    _group.Add(task);
                    _taken++;
                }
                else
                {
                    _atEnd = true;
                }
            }

            if (_yielded < _taken)
            {
                _yielded++;
                return true;
            }

            _inputFailure?.Throw();
            return false;
        }

        private DelegateTask<T>? TakeNext()
        {
            try
            {
                return _tasks.MoveNext() ? new DelegateTask<T>(_tasks.Current, _run.Options, withFuture: false) : null;
            }
            catch (Exception exception)
            {
                // The tasks taken so far have their results, and those come first.
                _inputFailure = ExceptionDispatchInfo.Capture(exception);
                return null;
            }
        }
    }
}
