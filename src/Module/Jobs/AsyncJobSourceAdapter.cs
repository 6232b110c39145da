using System.Collections.Concurrent;
using System.Management.Automation;

namespace AsyncExecutors.Jobs;

/// <summary>Knows a session's jobs of this module, for the cmdlets that deal with jobs. PowerShell makes one when the module is imported.</summary>
/// <remarks>Thread safety: all members may be used from any thread.</remarks>
public sealed class AsyncJobSourceAdapter : JobSourceAdapter
{
    private const string JobParameter = "NewJob";

    private readonly ConcurrentDictionary<Guid, Job2> _jobs = new();

    /// <summary>Made by PowerShell.</summary>
    public AsyncJobSourceAdapter() => Name = nameof(AsyncJobSourceAdapter);

    /// <summary>Takes over a job that has been made.</summary>
    /// <param name="specification">Has the job among its parameters.</param>
    /// <returns>The job.</returns>
    /// <exception cref="ArgumentException">There is no job in it.</exception>
    public override Job2 NewJob(JobInvocationInfo specification)
    {
        ArgumentNullException.ThrowIfNull(specification);
        var job = specification.Parameters.SelectMany(static parameters => parameters)
            .Where(static parameter => parameter.Name == JobParameter)
            .Select(static parameter => parameter.Value)
            .OfType<AsyncJob>()
            .FirstOrDefault() ?? throw new ArgumentException("There is no job in the specification. Jobs of this kind come from Invoke-AsyncMultiple -AsJob.", nameof(specification));
        _jobs[job.InstanceId] = job;
        return job;
    }

    /// <inheritdoc/>
    public override IList<Job2> GetJobs() => Where(static _ => true, recurse: false);

    /// <inheritdoc/>
    public override IList<Job2> GetJobsByName(string name, bool recurse)
    {
        var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
        return Where(job => pattern.IsMatch(job.Name), recurse);
    }

    /// <inheritdoc/>
    public override IList<Job2> GetJobsByCommand(string command, bool recurse)
    {
        var pattern = new WildcardPattern(command, WildcardOptions.IgnoreCase);
        return Where(job => pattern.IsMatch(job.Command), recurse);
    }

    /// <inheritdoc/>
    public override Job2 GetJobByInstanceId(Guid instanceId, bool recurse) => Where(job => job.InstanceId == instanceId, recurse).FirstOrDefault()!;

    /// <inheritdoc/>
    public override Job2 GetJobBySessionId(int id, bool recurse) => Where(job => job.Id == id, recurse).FirstOrDefault()!;

    /// <inheritdoc/>
    public override IList<Job2> GetJobsByState(JobState state, bool recurse) => Where(job => job.JobStateInfo.State == state, recurse);

    /// <summary>None: these jobs have nothing to filter by but what the other methods ask for.</summary>
    /// <param name="filter">Not used.</param>
    /// <param name="recurse">Not used.</param>
    /// <returns>An empty list.</returns>
    public override IList<Job2> GetJobsByFilter(Dictionary<string, object> filter, bool recurse) => [];

    /// <summary>Forgets a job and ends what it still has.</summary>
    /// <param name="job">The job.</param>
    public override void RemoveJob(Job2 job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (_jobs.TryRemove(job.InstanceId, out _))
        {
            job.Dispose();
        }
    }

    /// <summary>Makes a job known to the session: to <c>Get-Job</c> and the others.</summary>
    internal static void Register(AsyncJob job, PSCmdlet cmdlet)
    {
        try
        {
            var definition = new JobDefinition(typeof(AsyncJobSourceAdapter), string.Empty, job.Name);
            cmdlet.JobManager.NewJob(new JobInvocationInfo(definition, new Dictionary<string, object> { [JobParameter] = job }));
        }
        catch (InvalidOperationException)
        {
            // A runspace that has the cmdlets and has not imported the module, as a task's: PowerShell knows no adapter there.
            cmdlet.JobRepository.Add(job);
        }
    }

    private List<Job2> Where(Func<Job2, bool> isMeant, bool recurse) =>
        [.. _jobs.Values.Concat(recurse ? _jobs.Values.SelectMany(static job => job.ChildJobs).OfType<Job2>() : []).Where(isMeant).OrderBy(static job => job.Id)];
}
