using System.Management.Automation.Language;

namespace AsyncExecutors.Coroutines;

/// <summary>Where a block's code suspends, not counting code of its own in it: nested blocks and functions.</summary>
internal sealed class Suspensions
{
    private readonly HashSet<Ast> _at = [];

    private Suspensions(Ast root)
    {
        foreach (var node in Commands(root))
        {
            for (var above = node; above is not null && above != root.Parent && _at.Add(above); above = above.Parent)
            {
            }
        }
    }

    /// <summary>The first <c>await</c>; null when only Start-Sleep suspends.</summary>
    internal CommandAst? FirstAwait => _at.OfType<CommandAst>().Where(AwaitCommand.IsAwait).MinBy(static node => node.Extent.StartOffset);

    /// <summary>The first command in a node that suspends.</summary>
    internal CommandAst FirstIn(Ast node) => OwnNodes(node).OfType<CommandAst>().First(_at.Contains);

    /// <summary>True when there is none.</summary>
    internal bool IsEmpty => _at.Count == 0;

    internal static Suspensions Of(Ast root) => new(root);

    /// <summary>True when a node suspends, or one in it.</summary>
    internal bool In(Ast? node) => node is not null && _at.Contains(node);

    /// <summary>The nodes in a node that belong to the same block. PowerShell's search leaves out traps, too.</summary>
    internal static IEnumerable<Ast> OwnNodes(Ast root) => root.FindAll(static _ => true, searchNestedScriptBlocks: true).Where(node => IsOwn(node, root));

    private static IEnumerable<Ast> Commands(Ast root) => root
        .FindAll(static node => AwaitCommand.IsAwait(node) || AwaitCommand.IsSleepStatement(node), searchNestedScriptBlocks: true)
        .Where(node => IsOwn(node, root));

    private static bool IsOwn(Ast node, Ast root)
    {
        for (var above = node; above is not null && above != root; above = above.Parent)
        {
            if (above != node && above is ScriptBlockExpressionAst or FunctionDefinitionAst or TypeDefinitionAst)
            {
                return false;
            }
        }

        return true;
    }
}
