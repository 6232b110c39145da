using System.Management.Automation;
using AsyncExecutors.Pools;

namespace AsyncExecutors.Commands;

/// <summary>Lets a parameter that takes a pool take the name of one, too.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PoolByNameAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var given = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (given is not string { Length: > 0 } name)
        {
            return inputData;
        }

        return SessionPools.Current.All.FirstOrDefault(pool => pool.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentTransformationMetadataException(Failures.PoolNotFound(name).Exception.Message);
    }
}
