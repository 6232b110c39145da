namespace AsyncExecutors.Tests.Engine.Executors;

/// <summary>Many tasks, never more than so many at once.</summary>
public abstract partial class AsyncExecutorCases
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunMultiple_ManyTasks_OneResultEach(bool isAsync)
    {
        await using var executor = Make();
        var failure = new FormatException("odd");
        var results = await All(executor, isAsync, Enumerable.Range(0, 500).Select<int, Func<CancellationToken, Task<int>>>(i => async _ =>
        {
            await Task.Yield();
            return i % 2 == 0 ? i : throw failure;
        }));
        Assert.Equal(Enumerable.Range(0, 500), results.Select(result => result.Index).Order());
        Assert.All(results, result =>
        {
            Assert.Equal(result.Index % 2 == 0, result.Success);
            Assert.Equal(result.Success ? result.Index : null, result.Output);
            Assert.Same(result.Success ? null : failure, result.Exception);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunMultiple_MaxWorkers_NeverExceededAndReached(bool isAsync)
    {
        await using var executor = Make();
        var running = 0;
        var most = 0;
        var full = new Signal();
        var results = await All(
            executor,
            isAsync,
            Enumerable.Range(0, 100).Select<int, Func<CancellationToken, Task<int>>>(i => async _ =>
            {
                var now = Interlocked.Increment(ref running);
                InterlockedMax(ref most, now);
                if (now == 7)
                {
                    full.Open();
                }

                await full.WaitAsync();
                await Task.Yield();
                Interlocked.Decrement(ref running);
                return i;
            }),
            maxWorkers: 7);
        Assert.Equal(100, results.Count);
        Assert.Equal(7, most);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunMultiple_SomeOutOfTime_OthersAreNotDisturbed(bool isAsync)
    {
        await using var executor = Make();
        var results = await All(
            executor,
            isAsync,
            Enumerable.Range(0, 30).Select<int, Func<CancellationToken, Task<int>>>(i => async token =>
            {
                if (i % 3 == 0)
                {
                    await Task.Delay(Timeout.Infinite, token);
                }

                await Task.Yield();
                return i;
            }),
            maxWorkers: 10,
            timeout: TimeSpan.FromMilliseconds(300));
        Assert.Equal(30, results.Count);
        Assert.All(results, result =>
            Assert.Equal(result.Index % 3 == 0 ? AsyncTaskStatus.TimedOut : AsyncTaskStatus.Succeeded, result.Status));
        Assert.Equal(10, results.Count(result => result.Exception?.Message.Contains("0.3 s", StringComparison.Ordinal) == true));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunMultiple_Input_TakenOnlyAsThereIsRoom(bool isAsync)
    {
        await using var executor = Make();
        var taken = 0;
        var seen = 0;
        var endless = Endless();
        if (isAsync)
        {
            await foreach (var _ in executor.RunMultipleAsync(endless, 4))
            {
                Check();
                if (seen == 50)
                {
                    break;
                }
            }
        }
        else
        {
            await Waiting.OnThread(() =>
            {
                foreach (var _ in executor.RunMultiple(endless, 4))
                {
                    Check();
                    if (seen == 50)
                    {
                        break;
                    }
                }
            }).Within();
        }

        void Check() => Assert.InRange(taken, ++seen, seen + 3);

        IEnumerable<Func<CancellationToken, Task<int>>> Endless()
        {
            while (true)
            {
                var value = ++taken;
                yield return Coroutines.Returning(value);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunMultiple_LeftEarly_CancelsTheRestAndDoesNotWait(bool isAsync)
    {
        var executor = Make(new EventLoopOptions { GracePeriod = TimeSpan.FromSeconds(20) });
        Signal begun = new(), cancelled = new(), never = new();
        var disposed = new Signal();
        Func<CancellationToken, Task<int>>[] tasks =
        [
            async token =>
            {
                using var registration = token.Register(cancelled.Open);
                begun.Open();
                await never.Opened; // deaf: only a call that does not wait gets past it
                return 0;
            },
            AfterBegun,
            AfterBegun,
        ];
        var first = await First(executor, isAsync, Tracked());
        Assert.True(first.Success);
        Assert.True(disposed.IsOpen);
        await cancelled.WaitAsync();
        never.Open();
        await executor.DisposeAsync();

        // On another loop it could end before the first task has begun, which then never would.
        async Task<int> AfterBegun(CancellationToken token)
        {
            await begun.Opened;
            return 1;
        }

        IEnumerable<Func<CancellationToken, Task<int>>> Tracked()
        {
            try
            {
                foreach (var task in tasks)
                {
                    yield return task;
                }

                // More than are taken: only leaving ends this.
                while (true)
                {
                    yield return AfterBegun;
                }
            }
            finally
            {
                disposed.Open();
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunMultiple_InputThrows_ResultsOfTheTakenComeFirst(bool isAsync)
    {
        await using var executor = Make();
        var failure = new FormatException("input");
        var results = new List<TaskResult>();
        var thrown = await Assert.ThrowsAsync<FormatException>(() => Each(executor, isAsync, Input(), 10, null, default, results.Add));
        Assert.Same(failure, thrown);
        Assert.Equal([0, 1, 2], results.Select(result => result.Index).Order());

        IEnumerable<Func<CancellationToken, Task<int>>> Input()
        {
            for (var i = 0; i < 3; i++)
            {
                yield return Coroutines.Returning(i);
            }

            throw failure;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunMultiple_NullAmongTheTasks_ThatOneFails(bool isAsync)
    {
        await using var executor = Make();
        var results = await All(executor, isAsync, [Coroutines.Returning(1), null!]);
        Assert.Equal([true, false], results.OrderBy(result => result.Index).Select(result => result.Success));
        Assert.Contains("null instead of a function", results.Single(result => !result.Success).Exception!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunMultiple_NoTasks_NoResults(bool isAsync)
    {
        await using var executor = Make();
        Assert.Empty(await All<int>(executor, isAsync, []));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunMultiple_TokenCancelled_EndsWithOperationCanceledAndStopsTheTasks(bool isAsync)
    {
        await using var executor = Make();
        using var source = new CancellationTokenSource();
        Signal entered = new(), cancelled = new();
        var enumeration = Each(
            executor,
            isAsync,
            [
                async token =>
                {
                    // Not disposed: the delay ends before this is called, and disposing it then would take it back.
                    _ = token.Register(cancelled.Open);
                    entered.Open();
                    await Task.Delay(Timeout.Infinite, token);
                    return 1;
                },
            ],
            10,
            null,
            source.Token,
            _ => { });
        await entered.WaitAsync();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => enumeration.Within());
        await cancelled.WaitAsync();
    }

    [Fact]
    public async Task RunMultiple_BadArguments_RefusedAtTheCall()
    {
        await using var executor = Make();
        Assert.Throws<ArgumentNullException>(() => executor.RunMultiple<int>(null!));
        Assert.Throws<ArgumentNullException>(() => executor.RunMultipleAsync<int>(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => executor.RunMultiple<int>([], maxWorkers: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => executor.RunMultipleAsync<int>([], timeout: TimeSpan.Zero));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunMultiple_AfterShutdown_ObjectDisposed(bool isAsync)
    {
        await using var executor = Make();
        executor.Shutdown();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => All(executor, isAsync, [Coroutines.Returning(1)]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunMultiple_ShutdownMeanwhile_EveryTakenTaskHasAResult(bool isAsync)
    {
        await using var executor = Make();
        Signal entered = new(), gate = new();
        var results = All(executor, isAsync, Enumerable.Range(0, 20).Select(_ => Coroutines.Awaiting(entered, gate.Opened)), 3);
        await entered.WaitAsync();
        executor.Shutdown(wait: false);
        gate.Open();
        Assert.Equal(20, (await results).Count);
        Assert.All(results.Result, result => Assert.True(result.Status is AsyncTaskStatus.Succeeded or AsyncTaskStatus.Stopped));
    }
}
