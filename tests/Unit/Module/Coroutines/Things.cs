namespace AsyncExecutors.Tests.Module.Coroutines;

/// <summary>
/// What programs await, and what they are watched by. In the reference run the same methods give the values themselves,
/// where a task that suspends gets something to wait for.
/// </summary>
public class Things
{
    private readonly List<string> _log = [];

    /// <summary>What the program did, in order.</summary>
    public IReadOnlyList<string> Log => _log;

    /// <summary>Notes what is evaluated here and now, and gives it on.</summary>
    public object? Note(object? value)
    {
        _log.Add(Shown.Value(value));
        return value;
    }

    /// <summary>The value, which is there at once.</summary>
    public virtual object? Now(object? value) => Note(value);

    /// <summary>The value, which comes from another thread.</summary>
    public virtual object? Soon(object? value) => Note(value);

    /// <summary>The items one after the other.</summary>
    public virtual object Items(int count) => Enumerable.Range(1, count).ToArray();

    /// <summary>Something that fails; awaited in the reference run, too, so that both have the same error.</summary>
    public Task<object?> Fail(string message) => Awaited.FailSoon(message);

    /// <summary>The same, ended before it is awaited.</summary>
    public Task<object?> FailNow(string message) => Task.FromException<object?>(new InvalidDataException(message));

    /// <summary>The things of a block that suspends.</summary>
    public sealed class Awaited : Things
    {
        public override object? Now(object? value) => Task.FromResult(Note(value));

        public override object? Soon(object? value) => Later(Note(value));

        public override object Items(int count) => Sequence(count);

        internal static async Task<object?> FailSoon(string message)
        {
            await Task.Yield();
            throw new InvalidDataException(message);
        }

        private static async Task<object?> Later(object? value)
        {
            // Off the loop, so that the block has suspended in most runs by the time the value is there.
            await Task.Delay(1).ConfigureAwait(false);
            return value;
        }

        private static async IAsyncEnumerable<int> Sequence(int count)
        {
            for (var i = 1; i <= count; i++)
            {
                await Task.Yield();
                yield return i;
            }
        }
    }
}
