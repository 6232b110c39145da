using System.Management.Automation;

namespace AsyncExecutors.Tests.Module;

/// <summary>A script that runs in a session: its streams as they grow, and its end.</summary>
internal sealed class RunningScript : IDisposable
{
    private readonly PowerShell _shell;
    private readonly PSDataCollection<PSObject?> _output = [];
    private readonly IAsyncResult _invocation;

    internal RunningScript(PowerShell shell)
    {
        _shell = shell;
        _invocation = shell.BeginInvoke<PSObject, PSObject?>(null, _output);
    }

    internal PSDataStreams Streams => _shell.Streams;

    public void Dispose()
    {
        if (!_invocation.IsCompleted)
        {
            _shell.BeginStop(null, null);
            if (!_invocation.AsyncWaitHandle.WaitOne(Probe.Limit))
            {
                // The test has failed; waiting for this script would hang all others.
                return;
            }
        }

        _shell.Dispose();
    }

    /// <summary>Stops the pipeline as Ctrl+C does, from another thread, and waits for its end.</summary>
    internal ScriptRun Stop()
    {
        _shell.BeginStop(null, null);
        return Wait();
    }

    /// <summary>Waits for the end.</summary>
    internal ScriptRun Wait(TimeSpan? limit = null)
    {
        if (!_invocation.AsyncWaitHandle.WaitOne(limit ?? Probe.Limit))
        {
            Assert.Fail($"The script had not ended after {(limit ?? Probe.Limit).TotalSeconds} s. {Said()}");
        }

        Exception? thrown = null;
        try
        {
            _shell.EndInvoke(_invocation);
        }
        catch (Exception exception) when (exception is RuntimeException or PipelineStoppedException)
        {
            thrown = exception;
        }

        return new ScriptRun(_output.ReadAll().Select(ScriptRun.Plain).ToArray(), _shell.Streams, thrown);
    }

    /// <summary>Waits for a record of a stream, while the script runs.</summary>
    internal static T WaitForRecord<T>(PSDataCollection<T> stream)
    {
        using var added = new ManualResetEventSlim();
        stream.DataAdded += (_, _) => added.Set();
        Assert.True(stream.Count > 0 || added.Wait(Probe.Limit), $"No {typeof(T).Name} within {Probe.Limit.TotalSeconds} s.");
        return stream[0];
    }

    /// <summary>Waits for what the script writes first, while it runs.</summary>
    internal object? WaitForOutput() => ScriptRun.Plain(WaitForRecord(_output));

    // Not by enumerating: that waits for the end of the script.
    private string Said() => $"It wrote {_output.Count} objects and these errors: {string.Join("; ", _shell.Streams.Error.ReadAll())}";
}
