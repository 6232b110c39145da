using System.Management.Automation;
using AsyncExecutors.Callers;

namespace AsyncExecutors.Runspaces;

/// <content>The script blocks and functions themselves.</content>
internal sealed partial class MovedValues
{
    /// <summary>PowerShell checks made code once; see <see cref="Tasks.Blocks.Checked"/>.</summary>
    private static readonly object Checking = new();

    /// <summary>What stands for a block or a function of a runspace that was left; null for anything else.</summary>
    private object? MovedCode(object value) => value switch
    {
        ScriptBlock block when IsFromThere(block) => BlockHere(block),
        FunctionInfo function when IsFromThere(function.ScriptBlock) => FunctionHere(function),
        _ => null,
    };

    private bool IsFromThere(ScriptBlock block) => EngineBlocks.ContextOf(block) is { } context && _left.TryGetValue(context, out _);

    /// <summary>
    /// A block for this runspace, in its own language mode where that is stricter. One of a closure has the variables that were bound to
    /// it, in common with other blocks that have them; one of another module belongs to that module here.
    /// </summary>
    /// <returns>Null when it cannot be had without what stays behind.</returns>
    private ScriptBlock? BlockHere(ScriptBlock block)
    {
        if (_moved.TryGetValue(block, out var moved))
        {
            return (ScriptBlock)moved;
        }

        PSModuleInfo? module = null;
        try
        {
            if (Closures.IsClosure(block))
            {
                module = Closures.Captured(block) is { } captured ? ClosureModuleHere(block.Module, captured) : null;
            }
            else if (block.Module is not null && (module = ModuleHere(block.Module)) is null)
            {
                return null;
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or RuntimeException)
        {
            // It runs just now where it was made.
            return null;
        }

        // The code that ran last may have lowered it, and what is made has the session's.
        if (_session.LanguageMode != _mode)
        {
            _session.LanguageMode = _mode;
        }

        ScriptBlock made;
        lock (Checking)
        {
            made = LanguageModes.Stricter(_mode, block) == _mode ? _blocks.Get(block.Ast) : LoopBlocks.Make(block.Ast).As(block);
        }

        made = module?.NewBoundScriptBlock(made) ?? made;
        _moved.AddOrUpdate(block, made);
        return made;
    }

    /// <summary>The module that has the variables of a closure here, and of others that were bound to the same ones.</summary>
    private PSModuleInfo ClosureModuleHere(PSModuleInfo before, IReadOnlyList<PSVariable> captured)
    {
        if (!_moved.TryGetValue(before, out var here))
        {
            _moved.AddOrUpdate(before, here = Closures.NewModule());
        }

        var module = (PSModuleInfo)here;
        foreach (var variable in captured)
        {
            if (Closures.FindOwn(module, variable.Name) is null)
            {
                module.SessionState.PSVariable.Set(variable.Name, variable.Value);
                _captured.Enqueue(Closures.FindOwn(module, variable.Name)!);
            }
        }

        return module;
    }

    /// <summary>The same module, where the pool imports it.</summary>
    private PSModuleInfo? ModuleHere(PSModuleInfo module) => (
        from name in module.ExportedFunctions.Keys
        let function = _session.PSVariable.GetValue("function:" + WildcardPattern.Escape(name)) as ScriptBlock
        where function?.Module is { } here && here.Path == module.Path
        select function.Module).FirstOrDefault();

    private CommandInfo? FunctionHere(FunctionInfo function)
    {
        if (_moved.TryGetValue(function, out var moved))
        {
            return (CommandInfo)moved;
        }

        if (!_functions.TryGetValue(function.Name, out var here))
        {
            // Looked up as a variable first: a search for a command that is not there goes through all modules.
            here = _session.PSVariable.GetValue("function:" + WildcardPattern.Escape(function.Name)) is ScriptBlock
                ? _session.InvokeCommand.GetCommand(function.Name, CommandTypes.Function | CommandTypes.Filter)
                : null;
        }

        if (here is not null)
        {
            _moved.AddOrUpdate(function, here);
        }

        return here;
    }
}
