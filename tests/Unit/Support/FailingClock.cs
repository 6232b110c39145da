namespace AsyncExecutors.Tests;

/// <summary>
/// Every loop looks at the time of day when it is made, and so cannot be made while this fails. (And when it wakes: so it
/// may fail only while the loops there are are held.)
/// </summary>
internal sealed class FailingClock : TimeProvider
{
    internal volatile bool Fails;

    internal Signal Failed { get; } = new();

    public override DateTimeOffset GetUtcNow()
    {
        if (Fails)
        {
            Failed.Open();
            throw new OutOfMemoryException("no thread");
        }

        return base.GetUtcNow();
    }
}
