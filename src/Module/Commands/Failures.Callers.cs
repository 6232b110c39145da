using System.Management.Automation;
using AsyncExecutors.Runspaces;

namespace AsyncExecutors.Commands;

/// <content>What cannot be brought from the caller's session into a task.</content>
internal static partial class Failures
{
    internal static RuntimeException FunctionNotFound(string name) => Refusal(
        new CommandNotFoundException($"There is no function {name} where the cmdlet is called. -Function takes names of functions, with wildcards; cmdlets come with -ImportModule."),
        "FunctionNotFound",
        ErrorCategory.ObjectNotFound,
        name);

    internal static RuntimeException FunctionOfOtherMode(FunctionInfo function, PSLanguageMode mode) => Refusal(
        new InvalidOperationException($"The function {function.Name} was made in {LanguageModes.NameOf(function.ScriptBlock)} mode, and would run in {mode} mode in a task. Define it in the session that makes the call."),
        "OtherLanguageMode",
        ErrorCategory.PermissionDenied,
        function.Name);

    internal static RuntimeException BlockOfOtherMode(ScriptBlock block, PSLanguageMode mode) => Refusal(
        new InvalidOperationException($"The script block {{{ShortText.Of(block)}}} was made in {LanguageModes.NameOf(block)} mode, and would run in {mode} mode in a task. Write it in the session that makes the call."),
        "OtherLanguageMode",
        ErrorCategory.PermissionDenied,
        block);

    internal static RuntimeException VariableRefused(string name) => Refusal(
        new ArgumentException($"-Variable cannot give a variable named '{name}': PowerShell gives it to each block itself, or it is no plain name. Choose another name."),
        "VariableRefused",
        ErrorCategory.InvalidArgument,
        name);

    internal static RuntimeException ModuleNotImported(string module, Exception? cause) => Refusal(
        new InvalidOperationException($"The module {module} could not be imported for the tasks: {cause?.Message ?? "Import-Module found nothing."}", cause),
        "ModuleNotImported",
        ErrorCategory.ResourceUnavailable,
        module);

    internal static RuntimeException NoModuleFits(string pattern) => Refusal(
        new ItemNotFoundException($"No module fits {pattern}. Get-Module -ListAvailable lists those that can be imported by name."),
        "ModuleNotImported",
        ErrorCategory.ObjectNotFound,
        pattern);

    internal static RuntimeException ModuleInNoFile(PSModuleInfo module) => Refusal(
        new InvalidOperationException($"The module {module.Name} is in no file, so no other runspace can import it. Bring its functions by name: -Function."),
        "ModuleNotImported",
        ErrorCategory.ResourceUnavailable,
        module.Name);

    private static RuntimeException Refusal(Exception exception, string id, ErrorCategory category, object target) =>
        new(exception.Message, exception, new ErrorRecord(exception, id, category, target));
}
