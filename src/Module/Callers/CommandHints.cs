using System.Management.Automation;
using AsyncExecutors.Runspaces;

namespace AsyncExecutors.Callers;

/// <summary>Says how to bring a command into tasks that a task did not find and its caller's session has.</summary>
/// <remarks>Used by the pipeline's thread.</remarks>
internal static class CommandHints
{
    private const CommandTypes Bringable = CommandTypes.Alias | CommandTypes.Function | CommandTypes.Filter | CommandTypes.Cmdlet;

    /// <summary>A sentence for the end of a message; null when the failure is another, or the session does not have the command either.</summary>
    internal static string? For(Exception? failure, PSCmdlet caller)
    {
        if (failure is not CommandNotFoundException { CommandName: { Length: > 0 } name })
        {
            return null;
        }

        return caller.InvokeCommand.GetCommands(name, Bringable, nameIsPattern: false).FirstOrDefault() switch
        {
            AliasInfo alias => $"In the caller's session {name} is an alias, which tasks do not have: write {alias.Definition}.",
            FunctionInfo function when !LanguageModes.IsOf(function.ScriptBlock, caller.SessionState.LanguageMode) =>
                $"The caller's function {name} was made in {LanguageModes.NameOf(function.ScriptBlock)} mode and is not given to tasks in {caller.SessionState.LanguageMode} mode.",
            FunctionInfo function when ModuleToImport(function) is null =>
                $"The caller's session has the function: bring it with -Function {name} of Invoke-AsyncMultiple or New-EventLoopPool.",
            { } command when ModuleToImport(command) is { } module =>
                $"The caller's session has it from the module {module}: bring that with -ImportModule {module} of Invoke-AsyncMultiple or New-EventLoopPool.",
            _ => null,
        };
    }

    /// <summary>The module that has the command for everybody who imports it; null when there is none.</summary>
    private static string? ModuleToImport(CommandInfo command)
    {
        if (command is CmdletInfo)
        {
            return command.ModuleName is { Length: > 0 } name ? name : null;
        }

        var module = command.Module ?? (command as FunctionInfo)?.ScriptBlock.Module;
        return module is not null && module.ExportedCommands.ContainsKey(command.Name) && File.Exists(module.Path) ? module.Name : null;
    }
}
