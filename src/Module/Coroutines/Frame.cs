using System.Collections;
using AsyncExecutors.Runspaces;

namespace AsyncExecutors.Coroutines;

/// <summary>What a step works on: one call of a block or function, and what is particular to the place in it.</summary>
/// <param name="Coroutine">The block's run as a whole.</param>
/// <param name="Activation">The call.</param>
/// <param name="Output">Where output goes: a list of objects, or what sends them on at once.</param>
internal sealed record Frame(Coroutine Coroutine, Activation Activation, IList Output)
{
    /// <summary>What <c>$_</c> is here: the call's own, or that of a catch block or switch in it.</summary>
    internal DollarUnder DollarUnder { get; init; } = Activation.DollarUnder;

    /// <summary>True in a finally block, which is not stopped.</summary>
    internal bool IsFinally { get; init; }
}

/// <summary>One call of a block or a function: its scope and its arguments.</summary>
/// <param name="outer">The call that it was made in; null for none.</param>
/// <param name="scope">The engine's scope.</param>
/// <param name="dollarUnder">Its <c>$_</c>.</param>
internal sealed class Activation(Activation? outer, object scope, DollarUnder dollarUnder)
{
    internal Activation? Outer { get; } = outer;

    internal object Scope { get; } = scope;

    /// <summary>What is in <c>$args</c>.</summary>
    internal object?[] Arguments { get; set; } = [];

    internal DollarUnder DollarUnder { get; } = dollarUnder;

    /// <summary>The function that is called; null in a block.</summary>
    internal CalledFunction? Function { get; set; }

    /// <summary>True once code has run in the scope.</summary>
    internal bool HasRunCode { get; set; }
}

/// <summary>A variable <c>$_</c>.</summary>
/// <remarks>It is not kept in the scope between pieces of code: PowerShell has a place for it in each piece.</remarks>
/// <param name="value">The value.</param>
/// <param name="moves">What <see cref="Coroutine.Moves"/> was when the value came.</param>
internal sealed class DollarUnder(object? value, int moves)
{
    /// <summary>The value, in the runspace that it was set in.</summary>
    internal object? Value { get; private set; } = value;

    internal void Set(object? value, int since)
    {
        Value = value;
        moves = since;
    }

    /// <summary>Makes the value one of the runspace that the block is in now.</summary>
    internal object? MoveTo(Coroutine coroutine)
    {
        if (moves != coroutine.Moves)
        {
            Set(coroutine.Moved!.Bind(Value), coroutine.Moves);
        }

        return Value;
    }

    internal static bool IsName(string name) =>
        name.Equals("_", StringComparison.Ordinal) || name.Equals("PSItem", StringComparison.OrdinalIgnoreCase);
}
