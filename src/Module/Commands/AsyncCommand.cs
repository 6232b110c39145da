using System.Management.Automation;
using AsyncExecutors.Pools;
using AsyncExecutors.Runspaces;
using AsyncExecutors.Streams;

namespace AsyncExecutors.Commands;

/// <summary>What all cmdlets share: a token that Ctrl+C cancels, and the way to a pool.</summary>
public abstract class AsyncCommand : PSCmdlet, IDisposable
{
    /// <summary>The longest timeout, as <see cref="TaskOptions.MaxTimeout"/>.</summary>
    private protected const double MostSeconds = 49 * 24 * 60 * 60;

    private readonly CancellationTokenSource _stop = new();
    private PipelineOutput? _output;

    /// <summary>Cancelled when the pipeline is stopped.</summary>
    private protected CancellationToken StopToken => _stop.Token;

    /// <summary>Ends what the cmdlet still has running. Called by PowerShell when the pipeline is over, however it ended.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>Ends what the cmdlet still has running.</summary>
    /// <param name="disposing">Always true.</param>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Writes an object of a .NET type; see <see cref="PipelineOutput"/>.</summary>
    private protected void WriteAsItIs(object value) => (_output ??= new PipelineOutput(this)).Write(value);

    /// <summary>A number of seconds as the engine takes it: 0 is no limit.</summary>
    private protected static TimeSpan Limit(double seconds) =>
        seconds > 0 ? TimeSpan.FromTicks(Math.Max(1, TimeSpan.FromSeconds(seconds).Ticks)) : Timeout.InfiniteTimeSpan;

    /// <summary>
    /// The session's pools of these names, wildcards allowed; a plain name that no pool has is an error. A name that looks
    /// like wildcards finds the pool that is called so, too.
    /// </summary>
    private protected IEnumerable<EventLoopPool> PoolsNamed(string[] names)
    {
        foreach (var name in names)
        {
            var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
            var found = SessionPools.Current.All.Where(pool => pattern.IsMatch(pool.Name) || pool.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).ToArray();
            if (found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
            {
                WriteError(Failures.PoolNotFound(name));
            }

            foreach (var pool in found)
            {
                yield return pool;
            }
        }
    }

    /// <summary>Makes something, or ends the cmdlet with the error that says why it cannot be made.</summary>
    private protected T OrEnd<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (RuntimeException exception) when (exception is not PipelineStoppedException)
        {
            ThrowTerminatingError(exception.ErrorRecord);
            throw;
        }
    }

    /// <summary>Blocks until the task ends; Ctrl+C ends the waiting as it ends any cmdlet.</summary>
    private protected void WaitFor(Task task)
    {
        if (!task.IsCompleted)
        {
            WaitFor(task, new PipelineQueue());
        }
    }

    /// <summary>Blocks until the task ends, and writes the records that come meanwhile.</summary>
    private protected void WaitFor(Task task, PipelineQueue records)
    {
        task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => records.Add(task));
        try
        {
            while (true)
            {
                records.Wait(StopToken);
                while (records.TryTake(out var item))
                {
                    if (item is not StreamRecord record)
                    {
                        return;
                    }

                    record.WriteTo(this);
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>The pool to use: the one given if it may serve this caller, or the session's own.</summary>
    /// <param name="pool">The pool given; null for none.</param>
    /// <param name="maxLoops">How many loops the session's own pool may have for this call.</param>
    /// <param name="block">The code that is to run, if it is known yet.</param>
    private protected EventLoopPool PoolFor(EventLoopPool? pool, int maxLoops, ScriptBlock? block)
    {
        var mode = ModeFor(block);
        if (pool is null || (pool.IsDefault && !pool.IsStopped && pool.Settings.Session == SessionPools.Current))
        {
            var own = SessionPools.Current.Default(mode, () => Settings(mode));
            own.Executor.AllowLoops(maxLoops);
            return own;
        }

        if (pool.LanguageMode != mode)
        {
            ThrowTerminatingError(Failures.OtherLanguageMode(pool, mode));
        }

        if (pool.IsStopped)
        {
            ThrowTerminatingError(Failures.PoolStopped(pool));
        }

        return pool;
    }

    /// <summary>The language mode for this caller's code: the stricter of the session's and the block's own.</summary>
    private protected PSLanguageMode ModeFor(ScriptBlock? block)
    {
        var mode = LanguageModes.Stricter(SessionState.LanguageMode, block);
        if (mode is PSLanguageMode.NoLanguage or PSLanguageMode.RestrictedLanguage)
        {
            ThrowTerminatingError(Failures.NoScriptsAllowed(mode));
        }

        // Tasks run in runspaces that have all commands. In full language a caller can make one of those anyway.
        if (mode != PSLanguageMode.FullLanguage
            && MyInvocation.CommandOrigin == CommandOrigin.Runspace
            && !(SessionState.Applications.Contains("*") && SessionState.Scripts.Contains("*")))
        {
            ThrowTerminatingError(Failures.CommandsRestricted());
        }

        return mode;
    }

    /// <summary>Ends the cmdlet when it would wait for tasks of the very pool that the calling code prepares a loop of.</summary>
    private protected void ThrowIfPreparing(EventLoopPool pool)
    {
        if (RunspaceLoopHost.BeingPrepared(pool.Settings) is { } loop)
        {
            ThrowTerminatingError(Failures.WaitsForOwnPool(loop, pool));
        }
    }

    /// <summary>What runspaces for this caller are like.</summary>
    private protected RunspaceSettings Settings(PSLanguageMode mode) => RunspaceSettings.Of(SessionState, mode);
}
