using System.Management.Automation;
using System.Runtime.CompilerServices;

namespace AsyncExecutors.Tests.Module;

/// <summary>What a script can be handed that does not behave, for scripts.</summary>
public static class OddThings
{
    /// <summary>Runs a block with little stack left, so that a recursion without end comes to the engine's limit soon.</summary>
    public static object Deep(ScriptBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        return Descend(StackDepth(0) - 100, block);
    }

    /// <summary>Ends with 1, on a thread of its own, and calls back twice.</summary>
    public static Odd Twice() => new(static continuation => OnNewThread(continuation, continuation), static () => 1);

    /// <summary>Ends with 1, on a thread that belongs to nobody.</summary>
    public static Odd OnForeignThread() => new(static continuation => OnNewThread(continuation), static () => 1);

    /// <summary>Never calls back.</summary>
    public static Odd NeverEnding() => new(static _ => { }, static () => 1);

    /// <summary>Calls back at once, inside the registration.</summary>
    public static Odd Inline() => new(static continuation => continuation(), static () => 1);

    /// <summary>Cannot be waited for.</summary>
    public static Odd RefusingToBeAwaited() => new(static _ => throw new InvalidDataException("no waiting"), static () => 1);

    /// <summary>Fails with every call for its result.</summary>
    public static Odd FailingTwice() => new(static continuation => OnNewThread(continuation, continuation), static () => throw new InvalidDataException("no result"));

    /// <summary>A sequence that fails where it should only clean up.</summary>
    public static async IAsyncEnumerable<int> FailingInDispose(int count)
    {
        try
        {
            for (var i = 1; i <= count; i++)
            {
                await Task.Yield();
                yield return i;
            }
        }
        finally
        {
            await Task.Yield();
            throw new InvalidDataException("dispose");
        }
    }

    private static void OnNewThread(params Action[] calls) =>
        new Thread(() => Array.ForEach(calls, static call => call())) { IsBackground = true }.Start();

    private static int StackDepth(int depth)
    {
        Span<byte> room = stackalloc byte[16 * 1024];
        room[^1] = 1;
        return RuntimeHelpers.TryEnsureSufficientExecutionStack() ? StackDepth(depth + 1) + (room[^1] - 1) : depth;
    }

    private static object Descend(int depth, ScriptBlock block)
    {
        Span<byte> room = stackalloc byte[16 * 1024];
        room[^1] = 1;
        return depth > 0 && room[^1] == 1 ? Descend(depth - 1, block) : block.Invoke();
    }

    /// <summary>Not a task, but C# can await it.</summary>
    public sealed class Odd(Action<Action> register, Func<int> result)
    {
        public OddAwaiter GetAwaiter() => new(register, result);
    }

    public sealed class OddAwaiter(Action<Action> register, Func<int> result) : INotifyCompletion
    {
        public bool IsCompleted => false;

        public int GetResult() => result();

        public void OnCompleted(Action continuation) => register(continuation);
    }
}
