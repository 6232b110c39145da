using System.Linq.Expressions;
using System.Management.Automation;
using System.Reflection;

namespace AsyncExecutors.Runspaces;

/// <summary>Tells which runspace a script block was made in.</summary>
/// <remarks>PowerShell has no public way to this; what is used has been the same since PowerShell 7.0.</remarks>
internal static class EngineBlocks
{
    private const BindingFlags Internal = BindingFlags.Instance | BindingFlags.NonPublic;

    private static readonly Func<ScriptBlock, object?>? Context = Compile();

    /// <summary>False when <see cref="ContextOf"/> does not work with this PowerShell.</summary>
    internal static bool AreAvailable => Context is not null;

    /// <summary>The engine's state of the runspace; null for a block that belongs to none.</summary>
    internal static object? ContextOf(ScriptBlock block) => Context!(block);

    private static Func<ScriptBlock, object?>? Compile()
    {
        var session = typeof(ScriptBlock).GetProperty("SessionStateInternal", Internal);
        var context = session?.PropertyType.GetProperty("ExecutionContext", Internal);
        if (context is null)
        {
            return null;
        }

        var block = Expression.Parameter(typeof(ScriptBlock));
        var of = Expression.Property(block, session!);
        var none = Expression.Constant(null, typeof(object));
        return Expression.Lambda<Func<ScriptBlock, object?>>(
            Expression.Condition(
                Expression.ReferenceEqual(of, Expression.Constant(null, session!.PropertyType)),
                none,
                Expression.Convert(Expression.Property(of, context), typeof(object))),
            block).Compile();
    }
}
