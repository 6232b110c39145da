using System.Management.Automation.Language;
using System.Reflection;

namespace AsyncExecutors.Tasks;

/// <summary>What the syntax of a script block says about how it must be run.</summary>
internal static class Blocks
{
    /// <summary>PowerShell 7.3 added the clean block, and the library that this is built against does not know it.</summary>
    private static readonly PropertyInfo? CleanBlockProperty = typeof(ScriptBlockAst).GetProperty("CleanBlock");

    /// <summary>The block's syntax; for a function's block, with the parameters that stand behind the function's name.</summary>
    internal static ScriptBlockAst AstOf(Ast block)
    {
        if (block is not FunctionDefinitionAst function)
        {
            return (ScriptBlockAst)block;
        }

        var body = function.Body;
        return function.Parameters is not { Count: > 0 } parameters
            ? body
            : Checked(new ScriptBlockAst(
                body.Extent,
                new ParamBlockAst(function.Extent, [], parameters.Select(static parameter => (ParameterAst)parameter.Copy())),
                (NamedBlockAst?)body.BeginBlock?.Copy(),
                (NamedBlockAst?)body.ProcessBlock?.Copy(),
                (NamedBlockAst?)body.EndBlock?.Copy(),
                (NamedBlockAst?)body.DynamicParamBlock?.Copy()));
    }

    /// <summary>
    /// Has PowerShell check code that was made and not parsed, which it does once, in its syntax tree. Before several loops
    /// make blocks of it: two that check it at once find errors that are not there, and leave them in it.
    /// </summary>
    internal static ScriptBlockAst Checked(ScriptBlockAst made)
    {
        _ = made.GetScriptBlock();
        return made;
    }

    /// <summary>True when the block has begin, end or clean blocks, or binds parameters as cmdlets do.</summary>
    internal static bool RunAsCommand(ScriptBlockAst block) =>
        RunAsPipeline(block)
        || (IsAdvanced(block) && (block.ProcessBlock is null || TakesPipelineInput(block)));

    /// <summary>True when the block has more than one part that is called for a pipeline.</summary>
    internal static bool RunAsPipeline(ScriptBlockAst block) =>
        block.BeginBlock is not null
        || block.DynamicParamBlock is not null
        || (block.ProcessBlock is not null && block.EndBlock is not null)
        || CleanBlockProperty?.GetValue(block) is not null;

    /// <summary>True when the input can be piped into the block: PowerShell refuses that where no parameter takes it.</summary>
    internal static bool TakesPipelineInput(ScriptBlockAst block) =>
        !IsAdvanced(block) || ParameterAttributes(block).SelectMany(static attribute => attribute.NamedArguments).Any(
            static argument => argument.ArgumentName.StartsWith("ValueFromPipeline", StringComparison.OrdinalIgnoreCase));

    private static bool IsAdvanced(ScriptBlockAst block) =>
        block.ParamBlock?.Attributes.Any(static attribute => Is(attribute, "CmdletBinding")) == true || ParameterAttributes(block).Any();

    private static IEnumerable<AttributeAst> ParameterAttributes(ScriptBlockAst block) =>
        block.ParamBlock?.Parameters.SelectMany(static parameter => parameter.Attributes).OfType<AttributeAst>()
            .Where(static attribute => Is(attribute, "Parameter")) ?? [];

    private static bool Is(AttributeAst attribute, string name) => attribute.TypeName.Name.Equals(name, StringComparison.OrdinalIgnoreCase);
}
