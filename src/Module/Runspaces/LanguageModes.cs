using System.Linq.Expressions;
using System.Management.Automation;
using System.Reflection;

namespace AsyncExecutors.Runspaces;

/// <summary>
/// The language modes of script blocks. A block keeps the mode of the code that it was written in; a trusted function may
/// be handed one by a caller who is not, and must not run it with its own rights.
/// </summary>
internal static class LanguageModes
{
    private static readonly PropertyInfo? ModeProperty = typeof(ScriptBlock).GetProperty("LanguageMode", BindingFlags.Instance | BindingFlags.NonPublic);

    private static readonly Func<ScriptBlock, PSLanguageMode?>? Get = Compile();

    /// <summary>The stricter of a caller's mode and a block's own.</summary>
    internal static PSLanguageMode Stricter(PSLanguageMode caller, ScriptBlock? block) =>
        block is not null && Get?.Invoke(block) is { } own && Rank(own) > Rank(caller) ? own : caller;

    /// <summary>Gives a block that was made from a part of another that one's mode, where it is stricter.</summary>
    internal static ScriptBlock As(this ScriptBlock part, ScriptBlock whole)
    {
        if (Get?.Invoke(part) is { } mode && Stricter(mode, whole) is var stricter && stricter != mode)
        {
            ModeProperty!.SetValue(part, stricter);
        }

        return part;
    }

    /// <summary>
    /// True when the block was made in this mode, or in no session at all. A PowerShell that does not say is not trusted
    /// to know.
    /// </summary>
    internal static bool IsOf(ScriptBlock block, PSLanguageMode mode) => Get is not null && (Get(block) ?? mode) == mode;

    /// <summary>The block's mode as a word for messages.</summary>
    internal static string NameOf(ScriptBlock block) => Get?.Invoke(block)?.ToString() ?? "another";

    private static int Rank(PSLanguageMode mode) => mode switch
    {
        PSLanguageMode.FullLanguage => 0,
        PSLanguageMode.ConstrainedLanguage => 1,
        PSLanguageMode.RestrictedLanguage => 2,
        _ => 3,
    };

    private static Func<ScriptBlock, PSLanguageMode?>? Compile()
    {
        if (ModeProperty?.PropertyType != typeof(PSLanguageMode?) || !ModeProperty.CanRead || !ModeProperty.CanWrite)
        {
            return null;
        }

        var block = Expression.Parameter(typeof(ScriptBlock));
        return Expression.Lambda<Func<ScriptBlock, PSLanguageMode?>>(Expression.Property(block, ModeProperty), block).Compile();
    }
}
