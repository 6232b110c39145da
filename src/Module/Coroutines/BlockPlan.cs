using System.Management.Automation;
using System.Management.Automation.Language;
using System.Runtime.CompilerServices;
using AsyncExecutors.Coroutines.Steps;
using AsyncExecutors.Runspaces;
using AsyncExecutors.Tasks;

namespace AsyncExecutors.Coroutines;

/// <summary>How a block that suspends is run: its parameters are bound by a piece of code of their own, then come its steps.</summary>
/// <remarks>Thread safety: immutable.</remarks>
internal sealed class BlockPlan
{
    internal const string BlockVariable = "__block";
    internal const string InputVariable = "__input";
    internal const string ArgumentsVariable = "__arguments";

    /// <summary>Binds the parameters of a block as a cmdlet's are.</summary>
    internal static readonly ScriptBlockAst BindCalled = Parse("$__bound = @(. $__block @__arguments); $__bound[0]; , $__bound[1]");

    /// <summary>The same, with the input piped in.</summary>
    internal static readonly ScriptBlockAst BindPiped = Parse("$__bound = @(, $__input | . $__block @__arguments); $__bound[0]; , $__bound[1]");

    private static readonly ScriptBlockAst Bound = Parse("$PSBoundParameters; , $args");

    private static readonly ConditionalWeakTable<Ast, Lazy<BlockPlan?>> Plans = new();

    private BlockPlan(ScriptBlockAst block, Step body)
    {
        Body = body;
        BindsParameters = block.ParamBlock is not null;
        Parameters = block.ParamBlock?.Parameters.Select(static parameter => parameter.Name.VariablePath.UserPath).ToHashSet(StringComparer.OrdinalIgnoreCase) ?? [];
        TakesPipelineInput = Blocks.TakesPipelineInput(block);
        Binder = Blocks.Checked(new ScriptBlockAst(
            block.Extent,
            block.ParamBlock is { } parameters ? AstCopy.Of(parameters) : null,
            new StatementBlockAst(block.Extent, Bound.EndBlock.Statements.Select(AstCopy.Of), traps: null),
            isFilter: false));
    }

    /// <summary>The steps.</summary>
    internal Step Body { get; }

    /// <summary>A block with the same parameters, which writes what was bound to them and what was left over.</summary>
    internal ScriptBlockAst Binder { get; }

    internal bool BindsParameters { get; }

    /// <summary>The names of the parameters that the block declares.</summary>
    internal IReadOnlySet<string> Parameters { get; }

    internal bool TakesPipelineInput { get; }

    /// <summary>The plan of a block; null when it does not suspend, or this PowerShell has no way to do it.</summary>
    /// <exception cref="RuntimeException">The block awaits where it cannot be suspended.</exception>
    internal static BlockPlan? Of(ScriptBlock block) => !EngineScopes.AreAvailable
        ? null
        : Plans.GetValue(block.Ast, static ast => new Lazy<BlockPlan?>(() => Make(Blocks.AstOf(ast), (ast as FunctionDefinitionAst)?.Name))).Value;

    private static BlockPlan? Make(ScriptBlockAst block, string? name)
    {
        foreach (var function in MisplacedAwaits.Refuse(block))
        {
            // What cannot be suspended in it is to be known now, and not when it is called.
            Make(Blocks.AstOf(function), function.Name);
        }

        var suspensions = Suspensions.Of(block);
        if (suspensions.IsEmpty)
        {
            return null;
        }

        if (suspensions.In(block.ParamBlock) || suspensions.In(block.DynamicParamBlock) || suspensions.In(block.BeginBlock)
            || suspensions.In(block.ProcessBlock) || Blocks.RunAsPipeline(block))
        {
            return suspensions.FirstAwait is { } at ? throw AwaitErrors.InPipelineBlock(at, name) : null;
        }

        return new BlockPlan(block, new PlanCompiler(suspensions, name).Compile(block.EndBlock.Statements, block.EndBlock.Traps));
    }

    private static ScriptBlockAst Parse(string code) => Parser.ParseInput(code, out _, out _);
}
