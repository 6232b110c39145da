using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using AsyncExecutors.Runspaces;

namespace AsyncExecutors.Callers;

/// <summary>Finds functions in the session of a cmdlet's caller, with those that they call.</summary>
/// <remarks>Used by the pipeline's thread.</remarks>
internal sealed class CallerFunctions
{
    private const CommandTypes Functions = CommandTypes.Function | CommandTypes.Filter;

    /// <summary>The functions that every runspace has: taking them along would do nothing.</summary>
    private static readonly Lazy<ILookup<string, string>> Everywhere = new(static () =>
        InitialSessionState.CreateDefault2().Commands.OfType<SessionStateFunctionEntry>()
            .ToLookup(static entry => entry.Name, static entry => entry.Definition, StringComparer.OrdinalIgnoreCase));

    private readonly Dictionary<string, CallerFunction> _found = new(StringComparer.OrdinalIgnoreCase);
    private readonly PSCmdlet _caller;
    private readonly PSLanguageMode _mode;

    private CallerFunctions(PSCmdlet caller, PSLanguageMode mode)
    {
        _caller = caller;
        _mode = mode;
    }

    /// <summary>The functions that code names and those that match, with what they call; null for none.</summary>
    /// <param name="code">The block, and those that it is given.</param>
    /// <param name="patterns">Names, wildcards allowed. These are taken from modules too.</param>
    /// <param name="caller">The cmdlet whose caller's session is looked at.</param>
    /// <param name="mode">The language mode of the tasks.</param>
    /// <exception cref="RuntimeException">There is no function of such a name, or it was made in another language mode.</exception>
    internal static IReadOnlyCollection<CallerFunction>? Collect(IEnumerable<Ast> code, string[]? patterns, PSCmdlet caller, PSLanguageMode mode)
    {
        string[] names = [.. code.SelectMany(CommandNames.In)];
        if (names.Length == 0 && patterns is null)
        {
            return null;
        }

        var functions = new CallerFunctions(caller, mode);
        foreach (var pattern in patterns ?? [])
        {
            functions.AddMatching(pattern);
        }

        functions.AddNamed(names, ofModule: null);
        return functions._found.Count == 0 ? null : functions._found.Values;
    }

    private void AddMatching(string pattern)
    {
        var isPattern = WildcardPattern.ContainsWildcardCharacters(pattern);
        var any = false;
        foreach (var command in _caller.InvokeCommand.GetCommands(pattern, Functions, isPattern).OfType<FunctionInfo>().ToArray())
        {
            any = true;
            if (LanguageModes.IsOf(command.ScriptBlock, _mode))
            {
                Add(command);
            }
            else if (!isPattern)
            {
                throw Commands.Failures.FunctionOfOtherMode(command, _mode);
            }
        }

        if (!any && !isPattern)
        {
            throw Commands.Failures.FunctionNotFound(pattern);
        }
    }

    /// <summary>Adds those of the names that are functions of no module, or of the module that calls them.</summary>
    private void AddNamed(string[] names, PSModuleInfo? ofModule)
    {
        foreach (var name in names)
        {
            if (!_found.ContainsKey(name)
                && _caller.InvokeCommand.GetCommands(name, Functions, nameIsPattern: false).FirstOrDefault() is FunctionInfo function
                && (ModuleOf(function) is not { } module || module == ofModule)
                && LanguageModes.IsOf(function.ScriptBlock, _mode))
            {
                Add(function);
            }
        }
    }

    private void Add(FunctionInfo function)
    {
        if (!_found.ContainsKey(function.Name) && !Everywhere.Value[function.Name].Contains(function.Definition))
        {
            var definition = function.ScriptBlock.Ast;
            _found.Add(function.Name, new CallerFunction(function.Name, definition));
            AddNamed(CommandNames.In(definition), ModuleOf(function));
        }
    }

    private static PSModuleInfo? ModuleOf(FunctionInfo function) => function.Module ?? function.ScriptBlock.Module;
}
