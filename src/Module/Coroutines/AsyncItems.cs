using System.Reflection;
using System.Runtime.CompilerServices;

namespace AsyncExecutors.Coroutines;

/// <summary>Reads an asynchronous sequence of any type, item by item.</summary>
/// <remarks>Not thread-safe: one item is asked for at a time.</remarks>
internal sealed class AsyncItems : IAsyncDisposable
{
    private static readonly MethodInfo AdaptMethod = typeof(AsyncItems).GetMethod(nameof(Adapt), BindingFlags.Static | BindingFlags.NonPublic)!;

    private readonly IAsyncEnumerator<object?> _enumerator;
    private Task<bool>? _step;

    private AsyncItems(IAsyncEnumerator<object?> enumerator) => _enumerator = enumerator;

    internal object? Current => _enumerator.Current;

    /// <summary>True for an <see cref="IAsyncEnumerable{T}"/> of any type.</summary>
    internal static bool Are(object? value) => value is not null && ItemType(value) is not null;

    /// <summary>The sequence with its items as objects; null when the value is none.</summary>
    internal static IAsyncEnumerable<object?>? Of(object value, CancellationToken cancellationToken) =>
        ItemType(value) is { } type ? (IAsyncEnumerable<object?>)AdaptMethod.MakeGenericMethod(type).Invoke(null, [value, cancellationToken])! : null;

    /// <summary>Begins to read a sequence.</summary>
    internal static AsyncItems Read(object sequence, CancellationToken cancellationToken) => new(Of(sequence, cancellationToken)!.GetAsyncEnumerator(cancellationToken));

    /// <summary>Asks for the next item. There is none when the answer is false.</summary>
    internal Task<bool> MoveNextAsync() => _step = _enumerator.MoveNextAsync().AsTask();

    /// <summary>Ends the reading. A sequence that is stuck in an item is disposed of when it has come out of it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_step is { IsCompleted: false } step)
        {
            _ = step.ContinueWith(
                static (_, state) => _ = ((IAsyncEnumerator<object?>)state!).DisposeAsync().AsTask(),
                _enumerator,
                CancellationToken.None,
                TaskContinuationOptions.None,
                TaskScheduler.Default);
            return;
        }

        await _enumerator.DisposeAsync().ConfigureAwait(true);
    }

    private static Type? ItemType(object value)
    {
        foreach (var type in value.GetType().GetInterfaces())
        {
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>))
            {
                return type.GetGenericArguments()[0];
            }
        }

        return null;
    }

    private static async IAsyncEnumerable<object?> Adapt<T>(IAsyncEnumerable<T> source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in source.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return item;
        }
    }
}
