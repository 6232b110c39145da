using System.Management.Automation;
using System.Management.Automation.Language;
using AsyncExecutors.Runspaces;

namespace AsyncExecutors.Callers;

/// <summary>A script block of the caller's as a value, with the variables that <c>GetNewClosure()</c> has bound to it.</summary>
internal sealed class CallerBlock : CallerCode
{
    private readonly Ast _code;
    private readonly IReadOnlyList<PSVariable>? _captured;

    /// <exception cref="RuntimeException">The block was made in another language mode.</exception>
    internal CallerBlock(ScriptBlock block, object original, PSLanguageMode mode)
    {
        if (LanguageModes.Stricter(mode, block) != mode)
        {
            throw Commands.Failures.BlockOfOtherMode(block, mode);
        }

        Original = original;
        _code = block.Ast;
        _captured = Closures.Captured(block);
    }

    internal override object Original { get; }

    internal override IEnumerable<Ast> Code => [_code];

    internal override object Bind(LoopBlocks blocks)
    {
        var block = blocks.Get(_code);
        if (_captured is null)
        {
            return block;
        }

        var closure = Closures.NewModule();
        foreach (var variable in _captured)
        {
            closure.SessionState.PSVariable.Set(variable.Name, variable.Value);
        }

        return closure.NewBoundScriptBlock(block);
    }
}
