namespace AsyncExecutors.Tests.Module;

/// <summary>A test with a session of its own. Gates that are still closed at its end open, so that no thread stays behind.</summary>
[Collection(ModuleCollection.Name)]
public abstract class ModuleTest : IDisposable
{
    private protected ModuleTest()
    {
        Session = new ModuleSession();
        Session.Set("probe", Probe);
    }

    private protected ModuleSession Session { get; }

    private protected Probe Probe { get; } = new();

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        Probe.Dispose();
        Session.Dispose();
    }

    /// <summary>Runs a script to its end.</summary>
    private protected ScriptRun Run(string script) => Session.Run(script);

    /// <summary>Runs a script that must end without any error, and gives what it wrote.</summary>
    private protected IReadOnlyList<object?> Output(string script)
    {
        var run = Session.Run(script);
        run.AssertNoErrors();
        return run.Output;
    }

    /// <summary>Runs a script that must end without any error and write one object.</summary>
    private protected object? One(string script) => Assert.Single(Output(script));

    /// <summary>Runs a script that must write one result of a task, whatever became of it.</summary>
    private protected ScriptTaskResult Result(string script) => Assert.IsType<ScriptTaskResult>(Assert.Single(Run(script).Output));
}
