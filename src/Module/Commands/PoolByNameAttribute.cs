using System.Management.Automation;
using AsyncExecutors.Pools;
using AsyncExecutors.Runspaces;

namespace AsyncExecutors.Commands;

/// <summary>Lets a parameter that takes a pool, or pools, take their names, too.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PoolByNameAttribute : ArgumentTransformationAttribute
{
    /// <summary>True to leave a name that no pool has to the parameter that takes names.</summary>
    public bool LeavesUnknown { get; set; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            string { Length: > 0 } name => PoolNamed(name, engineIntrinsics.SessionState) ?? (LeavesUnknown ? inputData : throw NotFound(name)),
            object?[] items when Array.Exists(items, static item => item is string or PSObject { BaseObject: string }) =>
                Array.ConvertAll(items, item => item is null ? null : Transform(engineIntrinsics, item)),
            _ => inputData,
        };

    private static EventLoopPool? PoolNamed(string name, SessionState session)
    {
        var pools = SessionPools.Current;
        if (pools.All.FirstOrDefault(pool => pool.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } found)
        {
            return found;
        }

        var mode = session.LanguageMode;
        return name.Equals(SessionPools.DefaultName, StringComparison.OrdinalIgnoreCase) && mode is (PSLanguageMode.FullLanguage or PSLanguageMode.ConstrainedLanguage)
            ? pools.Default(mode, () => RunspaceSettings.Of(session, mode))
            : null;
    }

    private static ArgumentTransformationMetadataException NotFound(string name) => new(Failures.PoolNotFound(name).Exception.Message);
}
