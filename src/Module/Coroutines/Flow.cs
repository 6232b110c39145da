namespace AsyncExecutors.Coroutines;

/// <summary>Where a block goes on after a step.</summary>
internal enum FlowKind
{
    /// <summary>With the next step.</summary>
    Next,

    /// <summary>Behind a loop or switch.</summary>
    Break,

    /// <summary>With the next round of a loop or switch.</summary>
    Continue,

    /// <summary>Nowhere: the block or function has returned.</summary>
    Return,
}

/// <summary>Where a block goes on after a step.</summary>
/// <param name="Kind">Where.</param>
/// <param name="Label">The label of the loop that is meant; null for the innermost.</param>
internal readonly record struct Flow(FlowKind Kind, string? Label = null)
{
    internal static Flow Next => default;

    internal static Flow Return => new(FlowKind.Return);

    /// <summary>True when it concerns a loop with this label, or with none.</summary>
    internal bool IsFor(string? label) => string.IsNullOrEmpty(Label) || string.Equals(Label, label, StringComparison.OrdinalIgnoreCase);

    /// <summary>True when a loop with this label is over, and what follows it.</summary>
    internal bool Ends(string? label, out Flow after)
    {
        after = Kind == FlowKind.Break && IsFor(label) ? Next : this;
        return Kind switch
        {
            FlowKind.Next => false,
            FlowKind.Continue => !IsFor(label),
            _ => true,
        };
    }
}
