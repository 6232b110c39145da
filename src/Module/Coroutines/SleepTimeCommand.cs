using System.Management.Automation;

namespace AsyncExecutors.Coroutines;

/// <summary>Binds the parameters of <c>Start-Sleep</c> and writes the time they mean. Known by no name to scripts.</summary>
[Cmdlet(VerbsLifecycle.Start, "Sleep", DefaultParameterSetName = "Seconds")]
internal sealed class SleepTimeCommand : PSCmdlet
{
    internal static readonly CmdletInfo Info = new("Start-Sleep", typeof(SleepTimeCommand));

    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Seconds")]
    [ValidateRange(0.0, int.MaxValue / 1000)]
    public double Seconds { get; set; }

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Milliseconds")]
    [ValidateRange(0, int.MaxValue)]
    [Alias("ms")]
    public int Milliseconds { get; set; }

    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "TimeSpan")]
    [Alias("ts")]
    public TimeSpan Duration { get; set; }

    protected override void ProcessRecord() => WriteObject(ParameterSetName switch
    {
        "Milliseconds" => TimeSpan.FromMilliseconds(Milliseconds),
        "TimeSpan" => Duration,
        _ => TimeSpan.FromSeconds(Seconds),
    });
}
