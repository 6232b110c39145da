using System.Management.Automation;
using System.Reflection;

namespace AsyncExecutors.Tests.Module;

/// <summary>Writes to a stream, as Write-Warning and its like do, which the bare engine does not have.</summary>
[Cmdlet(VerbsCommunications.Write, "TestRecord")]
public sealed class WriteTestRecordCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateSet("Error", "Warning", "Verbose", "Debug", "Information", "Progress")]
    public string Stream { get; set; } = string.Empty;

    [Parameter(Mandatory = true, Position = 1)]
    public string Message { get; set; } = string.Empty;

    protected override void ProcessRecord()
    {
        switch (Stream)
        {
            case "Error":
                WriteError(new ErrorRecord(new InvalidDataException(Message), "TestError", ErrorCategory.InvalidData, Message));
                break;
            case "Warning":
                WriteWarning(Message);
                break;
            case "Verbose":
                WriteVerbose(Message);
                break;
            case "Debug":
                WriteDebug(Message);
                break;
            case "Information":
                WriteInformation(Message, ["tag"]);
                break;
            default:
                WriteProgress(new ProgressRecord(7, Message, "half") { PercentComplete = 50 });
                break;
        }
    }
}

/// <summary>Waits at a gate. Stopping the pipeline ends the waiting, as with Start-Sleep.</summary>
[Cmdlet(VerbsLifecycle.Wait, "TestGate")]
public sealed class WaitTestGateCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    [Parameter(Mandatory = true, Position = 0)]
    public Probe Probe { get; set; } = null!;

    [Parameter(Mandatory = true, Position = 1)]
    public string Gate { get; set; } = string.Empty;

    public void Dispose() => _stop.Dispose();

    protected override void StopProcessing() => _stop.Cancel();

    protected override void EndProcessing()
    {
        Probe.Hit("at " + Gate);
        try
        {
            Probe.Wait(Gate, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }
}

/// <summary>Writes the first objects and stops what is upstream, as <c>Select-Object -First</c> does.</summary>
[Cmdlet(VerbsCommon.Select, "TestFirst")]
public sealed class SelectTestFirstCommand : PSCmdlet
{
    private int _count;

    [Parameter(Position = 0)]
    public int Count { get; set; } = 1;

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    protected override void ProcessRecord()
    {
        WriteObject(InputObject);
        if (++_count == Count)
        {
            var type = typeof(PSObject).Assembly.GetType("System.Management.Automation.StopUpstreamCommandsException", throwOnError: true)!;
            throw (Exception)Activator.CreateInstance(type, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, null, [this], null)!;
        }
    }
}

/// <summary>Ends with a terminating error that has an exception of its own type.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "TestFailure")]
public sealed class InvokeTestFailureCommand : PSCmdlet
{
    protected override void EndProcessing() =>
        ThrowTerminatingError(new ErrorRecord(new InvalidDataException("the cmdlet failed"), "TestFailure", ErrorCategory.InvalidData, "target"));
}
