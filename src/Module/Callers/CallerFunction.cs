using System.Management.Automation.Language;

namespace AsyncExecutors.Callers;

/// <summary>A function of the caller's session as its syntax, for any runspace to make its own of.</summary>
/// <param name="Name">The name.</param>
/// <param name="Definition">A <see cref="FunctionDefinitionAst"/>, or the <see cref="ScriptBlockAst"/> of one made otherwise.</param>
internal sealed record CallerFunction(string Name, Ast Definition);
