using System.Collections.Concurrent;
using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace AsyncExecutors.Coroutines;

/// <summary>Anything that C# could <c>await</c>: tasks, value tasks, and types with the awaiter pattern.</summary>
internal sealed class Awaitable
{
    private static readonly ConcurrentDictionary<Type, Shape?> Shapes = new();

    private readonly Task _task;
    private readonly Func<object?>? _result;

    private Awaitable(Task task, Func<object?>? result)
    {
        _task = task;
        _result = result;
    }

    /// <summary>Ends when what is awaited does.</summary>
    internal Task Ended => _task;

    internal bool HasResult => _result is not null;

    /// <summary>True when the object can be awaited.</summary>
    internal static bool Is(object? item) => Base(item) is { } value && ShapeOf(value.GetType()) is not null;

    /// <summary>
    /// True when to await the object, or to read it as a sequence, is to call methods of a type that is not .NET's own,
    /// which a caller in a restricted language mode may not.
    /// </summary>
    internal static bool HasForeignMethods(object? item) =>
        Base(item) is { } value and not Task
        && ((ShapeOf(value.GetType()) is not null && value.GetType().Assembly != typeof(object).Assembly) || AsyncItems.Are(value));

    /// <summary>True when one of the objects can be awaited.</summary>
    internal static bool AnyIn(List<object?> items)
    {
        foreach (var item in items)
        {
            if (Is(item))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The object as an awaitable; null when it is none.</summary>
    internal static Awaitable? From(object? item)
    {
        if (item is Awaitable awaitable)
        {
            return awaitable;
        }

        if (Base(item) is not { } value || ShapeOf(value.GetType()) is not { } shape)
        {
            return null;
        }

        // An awaitable may be asked once only (a value task), so the task is made here and kept.
        if (value is Task task)
        {
            return new Awaitable(task, shape.Result is null ? null : () => Invoke(() => shape.Result.Invoke(task, null)));
        }

        if (value is ValueTask valueTask)
        {
            return new Awaitable(valueTask.AsTask(), null);
        }

        return FromAwaiter(value, shape);
    }

    /// <summary>Waits for the end, or for the token. What is awaited goes on after a cancellation.</summary>
    /// <returns>Whether there is a result, and the result.</returns>
    internal async Task<(bool HasResult, object? Result)> WaitAsync(CancellationToken cancellationToken)
    {
        await _task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return _result is null ? (false, null) : (true, _result());
    }

    /// <summary>The result, when there is one and what is awaited has succeeded.</summary>
    internal object? Result() => _result!();

    private static object? Base(object? item) => item is PSObject wrapped ? wrapped.BaseObject : item;

    private static Awaitable FromAwaiter(object value, Shape shape)
    {
        var awaiter = Invoke(() => shape.GetAwaiter!.Invoke(value, null))!;
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        object? result = null;

        // An awaiter's code may call back twice, or on any thread: the first call counts.
        void OnCompleted()
        {
            try
            {
                var got = Invoke(() => shape.GetResult!.Invoke(awaiter, null));
                if (!ended.Task.IsCompleted)
                {
                    result = got;
                    ended.TrySetResult();
                }
            }
            catch (Exception exception)
            {
                ended.TrySetException(exception);
            }
        }

        if ((bool)Invoke(() => shape.IsCompleted!.GetValue(awaiter))!)
        {
            OnCompleted();
        }
        else
        {
            ((INotifyCompletion)awaiter).OnCompleted(OnCompleted);
        }

        return new Awaitable(ended.Task, shape.GetResult!.ReturnType == typeof(void) ? null : () => result);
    }

    private static T Invoke<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (TargetInvocationException exception) when (exception.InnerException is { } inner)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(inner);
            throw;
        }
    }

    private static Shape? ShapeOf(Type type) =>
        type.IsPrimitive || type == typeof(string) || type == typeof(PSCustomObject) ? null : Shapes.GetOrAdd(type, Examine);

    private static Shape? Examine(Type type)
    {
        if (typeof(Task).IsAssignableFrom(type))
        {
            var generic = type;
            while (generic is not null && !(generic.IsGenericType && generic.GetGenericTypeDefinition() == typeof(Task<>)))
            {
                generic = generic.BaseType;
            }

            // What an async method without a value returns is a Task<VoidTaskResult> underneath.
            return generic is null || generic.GetGenericArguments()[0].Name == "VoidTaskResult"
                ? new Shape(null, null, null, null)
                : new Shape(generic.GetProperty(nameof(Task<object>.Result))!.GetMethod, null, null, null);
        }

        if (type == typeof(ValueTask))
        {
            return new Shape(null, null, null, null);
        }

        var getAwaiter = type.GetMethod("GetAwaiter", BindingFlags.Instance | BindingFlags.Public, Type.EmptyTypes);
        var awaiter = getAwaiter?.ReturnType;
        var isCompleted = awaiter?.GetProperty("IsCompleted", typeof(bool));
        var getResult = awaiter?.GetMethod("GetResult", Type.EmptyTypes);
        return isCompleted is null || getResult is null || !typeof(INotifyCompletion).IsAssignableFrom(awaiter)
            ? null
            : new Shape(null, getAwaiter, isCompleted, getResult);
    }

    private sealed record Shape(MethodInfo? Result, MethodInfo? GetAwaiter, PropertyInfo? IsCompleted, MethodInfo? GetResult);
}
