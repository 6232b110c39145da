using System.Runtime.CompilerServices;

namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>Asynchronous sequences for callers that block.</summary>
public abstract partial class AsyncExecutorCases
{
    [Fact]
    public async Task WrapAsyncEnumerable_Items_ComeInOrderFromALoop()
    {
        await using var executor = Make();
        var source = new Source();
        var items = await Waiting.OnThread(() => executor.WrapAsyncEnumerable(source.Items(5)).ToList()).Within();
        Assert.Equal([0, 1, 2, 3, 4], items);
        Assert.All(source.Loops, Assert.NotNull);
        Assert.True(source.Disposed.IsOpen);
    }

    [Fact]
    public async Task WrapAsyncEnumerable_NotEnumerated_DoesNothing()
    {
        await using var executor = Make();
        var source = new Source();
        _ = executor.WrapAsyncEnumerable(source.Items(5));
        Assert.Equal(0, source.Asked);
        Assert.Throws<ArgumentNullException>(() => executor.WrapAsyncEnumerable<int>(null!));
    }

    [Fact]
    public async Task WrapAsyncEnumerable_LeftEarly_AsksNoFurtherAndDisposes()
    {
        await using var executor = Make();
        var source = new Source();
        var items = await Waiting.OnThread(() => executor.WrapAsyncEnumerable(source.Items(1_000_000)).Take(3).ToList()).Within();
        Assert.Equal([0, 1, 2], items);
        Assert.Equal(3, source.Asked);
        Assert.True(source.Disposed.IsOpen);
    }

    [Fact]
    public async Task WrapAsyncEnumerable_ThrowsHalfWay_ItemsThenTheException()
    {
        await using var executor = Make();
        var source = new Source { Failure = new FormatException("third"), FailsAt = 2 };
        var items = new List<int>();
        var thrown = await Assert.ThrowsAsync<FormatException>(() => Waiting.OnThread(() =>
        {
            foreach (var item in executor.WrapAsyncEnumerable(source.Items(5)))
            {
                items.Add(item);
            }
        }).Within());
        Assert.Same(source.Failure, thrown);
        Assert.Equal([0, 1], items);
        Assert.True(source.Disposed.IsOpen);
    }

    [Fact]
    public async Task WrapAsyncEnumerable_StuckItemCancelled_EndsAndDisposesWhenItComesOut()
    {
        await using var executor = Make(new EventLoopOptions { GracePeriod = Short });
        using var source = new CancellationTokenSource();
        var stuck = new StuckSequence();
        var run = Waiting.OnThread(() => executor.WrapAsyncEnumerable(stuck, source.Token).Count());
        await stuck.Entered.WaitAsync();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Within());
        Assert.False(stuck.Disposed.IsOpen);
        stuck.Gate.Open();
        await stuck.Disposed.WaitAsync();
        Assert.False(stuck.DisposedWhileMoving);
    }

    [Fact]
    public async Task WrapAsyncEnumerable_TokenCancelled_ReachesTheSequence()
    {
        await using var executor = Make();
        using var source = new CancellationTokenSource();
        var entered = new Signal();
        var run = Waiting.OnThread(() => executor.WrapAsyncEnumerable(Endless(entered), source.Token).Count());
        await entered.WaitAsync();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Within());

        static async IAsyncEnumerable<int> Endless(Signal entered, [EnumeratorCancellation] CancellationToken token = default)
        {
            entered.Open();
            await Task.Delay(Timeout.Infinite, token);
            yield return 1;
        }
    }

    [Fact]
    public async Task WrapAsyncEnumerable_ShutdownMeanwhile_ObjectDisposedAndTheSequenceIsDisposed()
    {
        await using var executor = Make();
        var source = new Source();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Waiting.OnThread(() =>
        {
            foreach (var _ in executor.WrapAsyncEnumerable(source.Items(5)))
            {
                executor.Shutdown();
            }
        }).Within());
        Assert.True(source.Disposed.IsOpen);
    }

    [Fact]
    public async Task WrapAsyncEnumerable_ShutdownBeforeTheFirstItem_ObjectDisposedAndTheSequenceIsDisposed()
    {
        await using var executor = Make();
        var sequence = new DisposalSequence { Beginning = () => executor.Shutdown(wait: false), Disposal = Task.CompletedTask };
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => Waiting.OnThread(() => executor.WrapAsyncEnumerable(sequence).First()).Within());
        Assert.True(sequence.Entered.IsOpen);
    }

    [Fact]
    public async Task WrapAsyncEnumerable_DisposalStuckThenCancelled_EndsAndSoDoesTheExecutor()
    {
        var executor = Make(new EventLoopOptions { GracePeriod = Short });
        using var source = new CancellationTokenSource();
        var sequence = new DisposalSequence();
        var run = Waiting.OnThread(() => executor.WrapAsyncEnumerable(sequence, source.Token).First());
        await sequence.Entered.WaitAsync();
        Assert.False(run.IsCompleted);
        await source.CancelAsync();
        Assert.Equal(1, await run.Within());
        await Waiting.OnThread(() => executor.Shutdown()).Within();
    }

    [Fact]
    public async Task WrapAsyncEnumerable_DisposalThrows_ThrowsThat()
    {
        await using var executor = Make();
        using var source = new CancellationTokenSource();
        var failure = new FormatException("at the end");
        var sequence = new DisposalSequence { Disposal = Task.FromException(failure) };
        Assert.Same(failure, await Assert.ThrowsAsync<FormatException>(
            () => Waiting.OnThread(() => executor.WrapAsyncEnumerable(sequence, source.Token).First()).Within()));
    }

    /// <summary>Ones, with a disposal of one's own; one that never ends unless another is given.</summary>
    private sealed class DisposalSequence : IAsyncEnumerable<int>, IAsyncEnumerator<int>
    {
        public int Current => 1;

        internal Signal Entered { get; } = new();

        internal Task Disposal { get; init; } = new TaskCompletionSource().Task;

        internal Action? Beginning { get; init; }

        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default)
        {
            Beginning?.Invoke();
            return this;
        }

        public ValueTask<bool> MoveNextAsync() => new(true);

        public ValueTask DisposeAsync()
        {
            Entered.Open();
            return new ValueTask(Disposal);
        }
    }

    private sealed class Source
    {
        internal int Asked { get; private set; }

        internal List<EventLoop?> Loops { get; } = [];

        internal Signal Disposed { get; } = new();

        internal Exception? Failure { get; init; }

        internal int FailsAt { get; init; }

        internal async IAsyncEnumerable<int> Items(int count)
        {
            try
            {
                for (var i = 0; i < count; i++)
                {
                    Asked++;
                    Loops.Add(EventLoop.Current);
                    await Task.Yield();
                    Loops.Add(EventLoop.Current);
                    yield return i == FailsAt && Failure is not null ? throw Failure : i;
                }
            }
            finally
            {
                Disposed.Open();
            }
        }
    }

    private sealed class StuckSequence : IAsyncEnumerable<int>, IAsyncEnumerator<int>
    {
        private volatile bool _moving;

        public int Current => 0;

        internal Signal Entered { get; } = new();

        internal Signal Gate { get; } = new();

        internal Signal Disposed { get; } = new();

        internal bool DisposedWhileMoving { get; private set; }

        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public async ValueTask<bool> MoveNextAsync()
        {
            _moving = true;
            Entered.Open();
            await Gate.Opened;
            _moving = false;
            return true;
        }

        public ValueTask DisposeAsync()
        {
            DisposedWhileMoving = _moving;
            Disposed.Open();
            return default;
        }
    }
}
