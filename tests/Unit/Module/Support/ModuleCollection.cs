namespace AsyncExecutors.Tests.Module;

/// <summary>
/// The tests of the module run one after the other and beside no others: opening runspaces concurrently races inside the
/// PowerShell engine, and the leak tests count what the process has.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ModuleCollection
{
    public const string Name = "Module";
}
