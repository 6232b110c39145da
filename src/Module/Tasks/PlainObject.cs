using System.Management.Automation;

namespace AsyncExecutors.Tasks;

/// <summary>Takes PowerShell's wrapper off where it adds nothing, for callers that look at types, and for speed.</summary>
internal static class PlainObject
{
    /// <summary>The number or text inside a wrapper without members of its own; anything else as it is.</summary>
    internal static object? Of(object? item) => item switch
    {
        PSObject { BaseObject: string text } wrapped => HasOwnMembers(wrapped) ? item : text,
        PSObject { BaseObject: var value } when value.GetType().IsPrimitive => value,
        _ => item,
    };

    /// <summary>True for numbers and text, which need no wrapper.</summary>
    internal static bool IsPlain(object item) => item is string || item.GetType().IsPrimitive;

    private static bool HasOwnMembers(PSObject wrapped) => wrapped.Properties.Any(static property => property.IsInstance);
}
