using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using AsyncExecutors.Callers;

namespace AsyncExecutors.Runspaces;

/// <summary>What the runspaces of a pool are like. Immutable.</summary>
internal sealed record RunspaceSettings
{
    /// <summary>What runspaces for a session are like, and no more. The session's own thread.</summary>
    internal static RunspaceSettings Of(SessionState session, PSLanguageMode mode) => new()
    {
        LanguageMode = mode,
        Location = SessionLocation.Of(session.Path),
        Session = Pools.SessionPools.Current,
    };

    /// <summary>The language mode of the caller who made the pool.</summary>
    internal required PSLanguageMode LanguageMode { get; init; }

    /// <summary>Where the caller was: module paths are meant from there.</summary>
    internal required SessionLocation Location { get; init; }

    /// <summary>The session whose pools a task sees by name.</summary>
    internal required Pools.SessionPools Session { get; init; }

    internal ModuleImports? Modules { get; init; }

    internal IReadOnlyCollection<CallerFunction>? Functions { get; init; }

    internal IReadOnlyList<(string Name, object? Value)> Variables { get; init; } = [];

    internal ScriptBlockAst? InitializationScript { get; init; }

    /// <summary>The <c>$using:</c> values of <see cref="InitializationScript"/>.</summary>
    internal IDictionary UsingValues { get; init; } = new Hashtable();

    /// <summary>The preferences of its caller that hold while it runs.</summary>
    internal IReadOnlyList<(string Name, object? Value)> Preferences { get; init; } = [];

    /// <summary>Takes what it writes; null for nobody.</summary>
    internal PreparationRecords? Records { get; init; }
}
