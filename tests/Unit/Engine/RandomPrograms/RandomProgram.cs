using CsCheck;

namespace AsyncExecutors.Tests.Engine.RandomPrograms;

/// <summary>By which way a task reaches the executor.</summary>
internal enum Route
{
    Submit,
    SubmitOwnType,
    Add,
    Run,
    RunMultiple,
    Control,
}

/// <summary>What a task's code does. All of it ends by itself soon, unless the task's fate makes sure that it is stopped.</summary>
internal enum Work
{
    Return,
    Yield,
    Throw,
    ThrowLater,
    ThrowCancelled,
    StopSelf,
    LeavePump,

    /// <summary>Waits until it is stopped, or for a moment when nothing will stop it.</summary>
    Await,

    /// <summary>The same, and holds the thread.</summary>
    Block,

    /// <summary>Takes a moment and does not care for cancellation.</summary>
    AwaitDeafly,

    /// <summary>The same, and holds the thread.</summary>
    BlockDeafly,
    RunNested,
    SubmitNested,
    RunMultipleNested,

    /// <summary>Holds the thread until a task that was there before has ended, which may be suspended on the same loop.</summary>
    WaitForEarlier,
    ControlNested,
    BreakHost,
}

/// <summary>What becomes of a task after it was handed over.</summary>
internal enum Fate
{
    Leave,
    StopBefore,
    Stop,
    StopSoon,
    Timeout,
}

internal enum Control
{
    StopPending,
    StopGroup,
    AllowLoops,
    Shutdown,
    ShutdownWithoutWait,
    Dispose,
    DisposeAsync,
}

/// <summary>One thing that a thread does. The number stands for whatever the step counts.</summary>
internal sealed record Step(Route Route, Work Work, Fate Fate, Control Control, int Number)
{
    /// <summary>True when somebody stops the task, whatever else happens.</summary>
    internal bool IsStoppedForSure => Route != Route.RunMultiple && Fate != Fate.Leave && !(Route == Route.Run && Fate == Fate.Timeout);

    public override string ToString() => Route == Route.Control ? $"{Control}" : $"{Route} {Work} {Fate} {Control} {Number}";
}

/// <summary>What several threads do with one executor and one group of tasks.</summary>
internal sealed record RandomProgram(Step[][] Threads, int PoolSize, int MaxWorkers, bool IsPatient)
{
    private static readonly Gen<Step> AnyStep = Gen.Select(
        Gen.Frequency((4, Gen.Const(Route.Submit)), (3, Gen.Const(Route.SubmitOwnType)), (5, Gen.Const(Route.Add)), (1, Gen.Const(Route.Run)), (1, Gen.Const(Route.RunMultiple)), (1, Gen.Const(Route.Control))),
        Gen.Frequency((12, Gen.Enum<Work>().Where(work => work < Work.ControlNested)), (1, Gen.Const(Work.ControlNested)), (1, Gen.Const(Work.BreakHost))),
        Gen.Enum<Fate>(),
        Gen.Enum<Control>(),
        Gen.Int[0, 6],
        (route, work, fate, control, number) => new Step(route, work, fate, control, number));

    /// <summary>Steps that neither end the executor nor stop what others began, so that the model can be exact.</summary>
    private static readonly Gen<Step> PeacefulStep = AnyStep.Where(step =>
        step.Route != Route.Control && step.Work is not (Work.ControlNested or Work.BreakHost));

    /// <summary>Programs for a pool. A patient one has a grace period that is never over.</summary>
    internal static readonly Gen<RandomProgram> OnPools = Of(AnyStep, Gen.Int[1, 3]);

    /// <summary>Programs for the executor with one loop, whose size is written 0.</summary>
    internal static readonly Gen<RandomProgram> OnOneLoop = Of(AnyStep, Gen.Const(0));

    /// <summary>Programs for both.</summary>
    internal static readonly Gen<RandomProgram> OfPeace = Of(PeacefulStep, Gen.Int[0, 3]);

    internal IEnumerable<Step> Steps => Threads.SelectMany(steps => steps);

    /// <summary>True when some step ends the executor.</summary>
    internal bool ShutsDown => Controls.Any(control => control >= Control.Shutdown);

    /// <summary>True when some step stops all that is pending.</summary>
    internal bool StopsAll => Controls.Any(control => control is Control.StopPending or Control.Dispose or Control.DisposeAsync);

    internal bool StopsGroup => ShutsDown || StopsAll || Controls.Contains(Control.StopGroup);

    internal bool BreaksHosts => Steps.Any(step => step.Route != Route.Control && step.Work == Work.BreakHost);

    private IEnumerable<Control> Controls =>
        Steps.Where(step => step.Route == Route.Control || step.Work == Work.ControlNested).Select(step => step.Control);

    public override string ToString() =>
        $"{(PoolSize == 0 ? "one loop" : $"pool of {PoolSize}")}, {MaxWorkers} workers, {(IsPatient ? "patient" : "impatient")}: "
        + string.Join(" | ", Threads.Select(steps => string.Join(", ", steps.AsEnumerable())));

    private static Gen<RandomProgram> Of(Gen<Step> step, Gen<int> size) => Gen.Select(
        step.Array[0, 8].Array[1, 4],
        size,
        Gen.Int[1, 3],
        Gen.Bool,
        (threads, loops, workers, patient) => new RandomProgram(threads, loops, workers, patient));
}
