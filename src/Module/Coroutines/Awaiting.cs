using System.Collections;
using System.Management.Automation;

namespace AsyncExecutors.Coroutines;

/// <summary>Waits, without holding the loop, for whatever <c>await</c> takes.</summary>
internal static class Awaiting
{
    /// <summary>Waits for the object, or for all objects of a collection, in their order.</summary>
    /// <param name="frame">The place in the block.</param>
    /// <param name="value">What is awaited.</param>
    /// <param name="results">Gets the results, as long as they are plain values.</param>
    /// <param name="isForEach">The results are for <c>foreach</c>, which leaves a value of null out, and not a null in a list.</param>
    /// <returns>
    /// True when all results are in the list. Otherwise what has taken the place of the objects: ended tasks, of which the
    /// first is not in the list; for the command to write.
    /// </returns>
    internal static async ValueTask<(bool IsEasy, object? Ended)> AllAsync(Frame frame, object? value, IList results, bool isForEach = false)
    {
        var plain = value is PSObject wrapped ? wrapped.BaseObject : value;
        if (plain is FunctionOutput output)
        {
            return await OfFunctionAsync(frame, output, results);
        }

        if (plain is not IList list || plain is string)
        {
            return await OneAsync(frame, plain, results, isForEach) is { } left ? (false, left.Ended) : (true, null);
        }

        List<object?>? ended = null;
        foreach (var item in list)
        {
            var kept = ended is null ? results : new List<object?>();
            if (await OneAsync(frame, item is PSObject inner ? inner.BaseObject : item, kept) is { } left)
            {
                (ended ??= []).Add(left.Ended);
            }
            else
            {
                ended?.Add(Task.FromResult((object?[])frame.Coroutine.Here(frame, ((List<object?>)kept).ToArray())!));
            }
        }

        return (ended is null, ended?.ToArray());
    }

    /// <summary>True for what a function has written that has to be waited for.</summary>
    internal static bool IsNeededFor(object? item)
    {
        var plain = item is PSObject wrapped ? wrapped.BaseObject : item;
        return plain is TaskInfo || Awaitable.Is(plain) || AsyncItems.Are(plain);
    }

    /// <summary>What a function has written that is nothing to wait for is its result as it is.</summary>
    private static async ValueTask<(bool IsEasy, object? Ended)> OfFunctionAsync(Frame frame, FunctionOutput output, IList results)
    {
        var items = new List<object?>();
        foreach (var item in output.Items)
        {
            items.Add(IsNeededFor(item) ? item : Task.FromResult(new[] { item }));
        }

        return await AllAsync(frame, items, results);
    }

    /// <summary>Null when the result is in the list.</summary>
    private static async ValueTask<Left?> OneAsync(Frame frame, object? item, IList results, bool leavesNullOut = false)
    {
        var coroutine = frame.Coroutine;
        if (!coroutine.Task.Call.MayAwait(item))
        {
            // The command says why.
            return new Left(item);
        }

        switch (item)
        {
            case TaskInfo task:
                await coroutine.WaitForEndAsync(frame, task.Future);
                return new Left(task);
            case TimeSpan time:
                return await OneAsync(frame, coroutine.DelayAsync(frame, time), results);
            case not null when AsyncItems.Are(item):
                return await ItemsAsync(frame, item, results);
        }

        if (Awaitable.From(item) is not { } awaitable)
        {
            // The command says that it is nothing to wait for.
            return new Left(item);
        }

        await coroutine.WaitForEndAsync(frame, awaitable.Ended);
        if (!awaitable.Ended.IsCompletedSuccessfully)
        {
            return new Left(item is Task ? item : awaitable);
        }

        if (awaitable.HasResult && awaitable.Result() is var result && !(leavesNullOut && result is null))
        {
            Values.WriteItems(results, result);
        }

        return null;
    }

    private static async ValueTask<Left?> ItemsAsync(Frame frame, object sequence, IList results)
    {
        var coroutine = frame.Coroutine;
        var items = AsyncItems.Read(sequence, coroutine.TokenFor(frame));
        try
        {
            while (true)
            {
                var step = items.MoveNextAsync();
                await coroutine.WaitForEndAsync(frame, step);
                if (!step.IsCompletedSuccessfully)
                {
                    return new Left(step);
                }

                if (!step.Result)
                {
                    return null;
                }

                Values.Write(results, items.Current);
            }
        }
        finally
        {
            await coroutine.LeaveAsync(frame, items);
        }
    }

    /// <summary>What is left to the command.</summary>
    private sealed record Left(object? Ended);
}

/// <summary>What a function that was awaited has written.</summary>
/// <param name="Items">The objects.</param>
internal sealed record FunctionOutput(List<object?> Items);
