using System.Management.Automation;
using System.Management.Automation.Remoting.Internal;

namespace AsyncExecutors.Streams;

/// <summary>One record of one of PowerShell's streams other than output, on its way from a task to a pipeline.</summary>
/// <param name="Record">
/// An <see cref="ErrorRecord"/>, <see cref="WarningRecord"/>, <see cref="VerboseRecord"/>, <see cref="DebugRecord"/>,
/// <see cref="InformationRecord"/> or <see cref="ProgressRecord"/>: its type says which stream.
/// </param>
internal sealed record StreamRecord(object Record)
{
    /// <summary>Calls back for every record, the moment it is written, on the thread that writes it.</summary>
    internal static void Forward(PSDataStreams streams, Action<StreamRecord> receive)
    {
        Forward(streams.Error, receive);
        Forward(streams.Warning, receive);
        Forward(streams.Verbose, receive);
        Forward(streams.Debug, receive);
        Forward(streams.Information, receive);
        Forward(streams.Progress, receive);
    }

    /// <summary>Writes the record to the stream it belongs to. On the pipeline's own thread only.</summary>
    internal void WriteTo(Cmdlet cmdlet)
    {
        switch (Record)
        {
            case ErrorRecord error:
                // Keeps the record's own position, which Cmdlet.WriteError would replace by the cmdlet's.
                new PSStreamObject(PSStreamObjectType.Error, error).WriteStreamObject(cmdlet, overrideInquire: true);
                break;
            case WarningRecord warning:
                Write(PSStreamObjectType.Warning, warning.Message, cmdlet, "WarningAction");
                break;
            case VerboseRecord verbose:
                Write(PSStreamObjectType.Verbose, verbose.Message, cmdlet, "Verbose");
                break;
            case DebugRecord debug:
                Write(PSStreamObjectType.Debug, debug.Message, cmdlet);
                break;
            case InformationRecord information:
                Write(PSStreamObjectType.Information, information, cmdlet, "InformationAction");
                break;
            case ProgressRecord progress:
                cmdlet.WriteProgress(progress);
                break;
        }
    }

    /// <summary>
    /// True when a record would make the cmdlet ask whether to go on only because of <c>-Debug</c>, which has that effect
    /// on compiled cmdlets and not on functions. Tasks are written as functions are.
    /// </summary>
    /// <param name="cmdlet">The cmdlet.</param>
    /// <param name="action">The parameter by which the caller may have asked for the question.</param>
    internal static bool AsksOnlyForDebug(Cmdlet cmdlet, string? action = null) =>
        cmdlet is PSCmdlet { MyInvocation.BoundParameters: var bound }
        && bound.TryGetValue("Debug", out var on) && on is SwitchParameter { IsPresent: true }
        && (action is null || !bound.ContainsKey(action));

    private static void Write(PSStreamObjectType stream, object value, Cmdlet cmdlet, string? action = null) =>
        new PSStreamObject(stream, value).WriteStreamObject(cmdlet, AsksOnlyForDebug(cmdlet, action));

    /// <summary>Adds the record to a job's stream.</summary>
    internal void AddTo(Job job)
    {
        switch (Record)
        {
            case ErrorRecord error:
                job.Error.Add(error);
                break;
            case WarningRecord warning:
                job.Warning.Add(warning);
                break;
            case VerboseRecord verbose:
                job.Verbose.Add(verbose);
                break;
            case DebugRecord debug:
                job.Debug.Add(debug);
                break;
            case InformationRecord information:
                job.Information.Add(information);
                break;
            case ProgressRecord progress:
                job.Progress.Add(progress);
                break;
        }
    }

    private static void Forward<T>(PSDataCollection<T> stream, Action<StreamRecord> receive)
        where T : notnull
    {
        stream.DataAdded += (_, _) =>
        {
            foreach (var record in stream.ReadAll())
            {
                receive(new StreamRecord(record));
            }
        };
    }
}
