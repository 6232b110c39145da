using System.Collections;
using System.Management.Automation.Internal;

namespace AsyncExecutors.Suspension;

/// <summary>What a step works on: one call of a block or function, and what is particular to the place in it.</summary>
/// <param name="Coroutine">The block's run as a whole.</param>
/// <param name="Activation">The call.</param>
/// <param name="Output">Where output goes: a list of objects, or what sends them on at once.</param>
internal sealed record Frame(Coroutine Coroutine, Activation Activation, IList Output)
{
    /// <summary>What <c>$_</c> is here, in a catch block or a switch; AutomationNull where it is the call's own.</summary>
    internal object? DollarUnder { get; init; } = AutomationNull.Value;

    /// <summary>What the catch block around this place has caught; null outside of one.</summary>
    internal Exception? Caught { get; init; }

    /// <summary>True in a finally block, which is not stopped.</summary>
    internal bool IsFinally { get; init; }
}

/// <summary>One call of a block or a function: its scope and its arguments.</summary>
/// <param name="scope">The engine's scope.</param>
internal sealed class Activation(object scope)
{
    internal object Scope { get; } = scope;

    /// <summary>What is in <c>$args</c>.</summary>
    internal object?[] Arguments { get; set; } = [];

    /// <summary>What <c>$_</c> is at first.</summary>
    internal object? Input { get; init; }

    /// <summary>True once code has run in the scope: from then on the scope has its own <c>$_</c>.</summary>
    internal bool IsEntered { get; set; }
}
