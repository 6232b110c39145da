using System.Management.Automation.Language;

namespace AsyncExecutors.Coroutines;

/// <summary>Parts of syntax that the library this is built against does not know.</summary>
internal static class NewerSyntax
{
    internal static Ast Part(Ast node, string property) => (Ast)node.GetType().GetProperty(property)!.GetValue(node)!;

    internal static bool IsSet(Ast node, string property) => node.GetType().GetProperty(property)?.GetValue(node) is true;
}
