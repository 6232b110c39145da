namespace AsyncExecutors.Tests.Engine.EventLoops;

/// <summary>In what order a loop serves its two queues.</summary>
public sealed class EventLoopPumpTests : IDisposable
{
    private readonly DefaultBackgroundExecutor _executor = new();

    private EventLoop Loop => _executor.EventLoop;

    public void Dispose() => _executor.Dispose();

    /// <summary>A task that begins may block; what could have gone on before it must not wait for that.</summary>
    [Fact]
    public async Task Pump_ContinuationsAndTasksWait_AllContinuationsThatThereAreComeFirst()
    {
        Signal entered = new(), gate = new();
        List<string> ran = [];
        Loop.Post(_ => Hold(entered, gate), null);
        await entered.WaitAsync();
        var tasks = Enumerable.Range(1, 2).Select(i => _executor.Submit(_ => Ran($"task {i}"))).ToArray();
        Loop.Post(_ => Ran("first"), null);
        Loop.Post(
            _ =>
            {
                Ran("second");
                Loop.Post(_ => Ran("posted by it"), null);
            },
            null);
        Loop.Post(_ => Ran("third"), null);
        gate.Open();
        await Task.WhenAll(tasks.Select(static task => task.Future)).Within();
        Assert.Equal(["first", "second", "third", "task 1", "posted by it", "task 2"], ran);

        Task<bool> Ran(string what)
        {
            ran.Add(what);
            return Task.FromResult(true);
        }
    }

    [Fact]
    public async Task Pump_ManyCallbacksAndATask_ItBeginsAfterSixteen()
    {
        Signal entered = new(), gate = new(), last = new();
        List<int> ran = [];
        var held = _executor.Submit(Coroutines.Blocking(entered, gate));
        await entered.WaitAsync();
        for (var i = 0; i < 40; i++)
        {
            Loop.Post(i => ran.Add((int)i!), i);
        }

        Loop.Post(_ => last.Open(), null);
        var ranBefore = _executor.Submit(_ => Task.FromResult(ran.Count));
        gate.Open();
        Assert.Equal(16, await ranBefore.Future.Within());
        await last.WaitAsync();
        Assert.Equal(Enumerable.Range(0, 40), ran);
        Assert.True(await held.Future.Within());
    }

    /// <summary>Beginning costs no more the more have begun.</summary>
    [Fact]
    public async Task Pump_ManyTasksThatGoOnAgainAndAgain_DoNotKeepOthersFromBeginning()
    {
        const int Tasks = 200;
        int begun = 0, turns = 0, turnsUntilAllHadBegun = 0;
        Signal entered = new(), gate = new(), end = new();
        Loop.Post(_ => Hold(entered, gate), null);
        await entered.WaitAsync();
        var tasks = Enumerable.Range(0, Tasks).Select(_ => _executor.Submit(async _ =>
        {
            if (++begun == Tasks)
            {
                turnsUntilAllHadBegun = turns;
                end.Open();
            }

            while (!end.IsOpen)
            {
                turns++;
                await Task.Yield();
            }

            return true;
        })).ToArray();
        gate.Open();
        await Task.WhenAll(tasks.Select(static task => task.Future)).Within();
        Assert.InRange(turnsUntilAllHadBegun, Tasks - 1, Tasks * 20);
    }

    private static void Hold(Signal entered, Signal gate)
    {
        entered.Open();
        gate.Wait();
    }
}
