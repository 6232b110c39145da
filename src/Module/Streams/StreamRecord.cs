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
    /// <summary>What each stream's records are, where a pipeline and a job have them, and how a cmdlet writes one.</summary>
    private static readonly IStream[] Streams =
    [
        // Keeps the record's own position, which Cmdlet.WriteError would replace by the cmdlet's.
        new Stream<ErrorRecord>(
            static streams => streams.Error,
            static job => job.Error,
            static (record, cmdlet) => new PSStreamObject(PSStreamObjectType.Error, record).WriteStreamObject(cmdlet, overrideInquire: true)),
        new Stream<WarningRecord>(
            static streams => streams.Warning,
            static job => job.Warning,
            static (record, cmdlet) => Write(PSStreamObjectType.Warning, record.Message, cmdlet, "WarningAction")),
        new Stream<VerboseRecord>(
            static streams => streams.Verbose,
            static job => job.Verbose,
            static (record, cmdlet) => Write(PSStreamObjectType.Verbose, record.Message, cmdlet, "Verbose")),
        new Stream<DebugRecord>(
            static streams => streams.Debug,
            static job => job.Debug,
            static (record, cmdlet) => Write(PSStreamObjectType.Debug, record.Message, cmdlet)),
        new Stream<InformationRecord>(
            static streams => streams.Information,
            static job => job.Information,
            static (record, cmdlet) => Write(PSStreamObjectType.Information, record, cmdlet, "InformationAction")),
        new Stream<ProgressRecord>(
            static streams => streams.Progress,
            static job => job.Progress,
            static (record, cmdlet) => cmdlet.WriteProgress(record)),
    ];

    private interface IStream
    {
        bool Has(object record);

        void Forward(PSDataStreams streams, Action<StreamRecord> receive);

        void Write(object record, Cmdlet cmdlet);

        void Add(object record, Job job);
    }

    /// <summary>Calls back for every record, the moment it is written, on the thread that writes it.</summary>
    internal static void Forward(PSDataStreams streams, Action<StreamRecord> receive) =>
        Array.ForEach(Streams, stream => stream.Forward(streams, receive));

    /// <summary>Writes the record to the stream it belongs to. On the pipeline's own thread only.</summary>
    internal void WriteTo(Cmdlet cmdlet) => Array.Find(Streams, stream => stream.Has(Record))!.Write(Record, cmdlet);

    /// <summary>Adds the record to a job's stream.</summary>
    internal void AddTo(Job job) => Array.Find(Streams, stream => stream.Has(Record))!.Add(Record, job);

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

    private sealed class Stream<T>(
        Func<PSDataStreams, PSDataCollection<T>> ofPipeline, Func<Job, PSDataCollection<T>> ofJob, Action<T, Cmdlet> write) : IStream
        where T : notnull
    {
        public bool Has(object record) => record is T;

        public void Write(object record, Cmdlet cmdlet) => write((T)record, cmdlet);

        public void Add(object record, Job job) => ofJob(job).Add((T)record);

        public void Forward(PSDataStreams streams, Action<StreamRecord> receive)
        {
            var records = ofPipeline(streams);
            records.DataAdded += (_, _) =>
            {
                foreach (var record in records.ReadAll())
                {
                    receive(new StreamRecord(record));
                }
            };
        }
    }
}
