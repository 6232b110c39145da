using System.Management.Automation;
using System.Management.Automation.Language;
using System.Runtime.CompilerServices;

namespace AsyncExecutors.Callers;

/// <summary>Callers' code as script blocks of one loop's runspace, made once each.</summary>
/// <remarks>Loop thread only.</remarks>
internal sealed class LoopBlocks
{
    private readonly ConditionalWeakTable<Ast, ScriptBlock> _blocks = new();
    private readonly ConditionalWeakTable<CallerCode, object> _bound = new();
    private IReadOnlyCollection<CallerFunction>? _last;
    private Dictionary<string, ScriptBlock>? _lastFunctions;

    /// <summary>The block for this runspace.</summary>
    internal ScriptBlock Get(Ast code) => _blocks.GetValue(code, Make);

    /// <summary>The functions for this runspace, by name.</summary>
    internal Dictionary<string, ScriptBlock>? Get(IReadOnlyCollection<CallerFunction>? functions)
    {
        if (functions is null)
        {
            return null;
        }

        if (_last != functions)
        {
            _lastFunctions = functions.ToDictionary(static function => function.Name, function => Get(function.Definition), StringComparer.OrdinalIgnoreCase);
            _last = functions;
        }

        return _lastFunctions;
    }

    /// <summary>A value with its script blocks for this runspace; any other as it is.</summary>
    internal object? Bind(object? value) => value is CallerCode code ? Bind(code) : value;

    /// <summary>Forgets the blocks: the runspace is gone.</summary>
    internal void Clear()
    {
        _blocks.Clear();
        _bound.Clear();
        _last = null;
        _lastFunctions = null;
    }

    private object Bind(CallerCode code)
    {
        if (!_bound.TryGetValue(code, out var bound))
        {
            _bound.Add(code, bound = code.Bind(this));
        }

        return bound;
    }

    /// <summary>A block that is nobody else's, for the runspace of the thread.</summary>
    internal static ScriptBlock Make(Ast code) => code is FunctionDefinitionAst function ? Define(function) : ((ScriptBlockAst)code).GetScriptBlock();

    /// <summary>
    /// Makes a function's block as PowerShell does, by defining the function: so it knows its name, its parameters and
    /// whether it is a filter. The definition goes with the scope in which it is made.
    /// </summary>
    private static ScriptBlock Define(FunctionDefinitionAst function)
    {
        var at = function.Extent;
        var name = function.Name[(function.Name.IndexOf(':') + 1)..];
        var definition = new FunctionDefinitionAst(
            at,
            function.IsFilter,
            isWorkflow: false,
            name,
            function.Parameters?.Select(static parameter => (ParameterAst)parameter.Copy()),
            (ScriptBlockAst)function.Body.Copy());
        var block = new VariableExpressionAst(at, "function:" + WildcardPattern.Escape(name), splatted: false);
        var result = new PipelineAst(at, new CommandExpressionAst(at, block, redirections: null));
        var body = new StatementBlockAst(at, [definition, result], traps: null);
        return (ScriptBlock)new ScriptBlockAst(at, paramBlock: null, body, isFilter: false).GetScriptBlock().Invoke()[0].BaseObject;
    }
}
