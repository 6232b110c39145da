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
                cmdlet.WriteWarning(warning.Message);
                break;
            case VerboseRecord verbose:
                cmdlet.WriteVerbose(verbose.Message);
                break;
            case DebugRecord debug:
                cmdlet.WriteDebug(debug.Message);
                break;
            case InformationRecord information:
                cmdlet.WriteInformation(information);
                break;
            case ProgressRecord progress:
                cmdlet.WriteProgress(progress);
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
