using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using AsyncExecutors.Callers;
using AsyncExecutors.Coroutines;

namespace AsyncExecutors.Tasks;

/// <summary>What the tasks of one call have in common: the block, and the caller's context as it was then.</summary>
/// <remarks>Thread safety: immutable, but for the count of tasks, which any thread may change.</remarks>
internal sealed class ScriptCall
{
    private static readonly ScriptBlockAst PipeInto = Parser.ParseInput(
        "param($__block, $__input, $__arguments) , $__input | & $__block @__arguments", out _, out _);

    private static readonly ScriptBlockAst CallWithout = Parser.ParseInput(
        "param($__block, $__input, $__arguments) & $__block @__arguments", out _, out _);

    private readonly List<(string Name, object? Value)> _variables;
    private readonly object?[] _arguments;
    private readonly bool _argumentsHoldBlocks;
    private readonly Runspaces.SessionLocation _location;
    private readonly PSLanguageMode _languageMode;
    private readonly CultureInfo _culture = CultureInfo.CurrentCulture;
    private readonly CultureInfo _uiCulture = CultureInfo.CurrentUICulture;
    private readonly Action? _ended;
    private int _open = 1;

    /// <exception cref="RuntimeException">The block cannot run as the caller wants it to.</exception>
    internal ScriptCall(ScriptBlock block, object?[]? arguments, CallerState brought, PSCmdlet caller, IRecordSink records, Action<ScriptCall>? ended)
    {
        _languageMode = Runspaces.LanguageModes.Stricter(caller.SessionState.LanguageMode, block);
        UserBlock = Blocks.AstOf(block.Ast);
        InputIsArgument = Blocks.RunAsCommand(UserBlock);
        Block = !InputIsArgument ? UserBlock : Blocks.TakesPipelineInput(UserBlock) ? PipeInto : CallWithout;
        _arguments = Array.ConvertAll(arguments ?? [], argument => CallerCode.In(argument, _languageMode));
        _argumentsHoldBlocks = Array.Exists(_arguments, static argument => argument is CallerCode);
        UsingValues = Runspaces.UsingValues.Collect(UserBlock, caller, block);
        Functions = CallerFunctions.Collect(
            CallerCode.CodeOf([.. UsingValues.Values, .. _arguments, .. brought.Variables.Select(static variable => variable.Value)]).Prepend(UserBlock),
            brought.FunctionPatterns, caller, _languageMode);
        Modules = brought.Modules;
        Records = records;
        Plan = BlockPlan.Of(block);
        LeavesNoTrace = Modules is null && Traces.LeavesNone(UserBlock);
        _variables = CallerState.Merge(Preferences.Of(caller, writesRecords: records.IsCallersPipeline), Closures.Captured(block), brought.Variables);
        _location = Runspaces.SessionLocation.Of(caller.SessionState.Path);
        _ended = ended is null ? null : () => ended(this);
    }

    /// <summary>What to invoke: the caller's block, or what pipes the input into it.</summary>
    internal ScriptBlockAst Block { get; }

    /// <summary>True when the block has begin, end or clean blocks, or binds parameters as cmdlets do: it is run as a command.</summary>
    internal bool InputIsArgument { get; }

    /// <summary>The caller's block.</summary>
    internal ScriptBlockAst UserBlock { get; }

    /// <summary>The caller's functions that the tasks have; null for none.</summary>
    internal IReadOnlyCollection<CallerFunction>? Functions { get; }

    /// <summary>The modules that a runspace must have before it runs a task; null for none.</summary>
    internal ModuleImports? Modules { get; }

    /// <summary>How the block is run when it suspends; null when it does not.</summary>
    internal BlockPlan? Plan { get; }

    internal IDictionary UsingValues { get; }

    internal IRecordSink Records { get; }

    /// <summary>True when the block's code cannot change the state of its runspace.</summary>
    internal bool LeavesNoTrace { get; }

    /// <summary>The arguments, with script blocks among them bound to a loop's runspace.</summary>
    internal object?[] ArgumentsFor(LoopBlocks blocks) => _argumentsHoldBlocks ? Array.ConvertAll(_arguments, blocks.Bind) : _arguments;

    /// <summary>Puts the caller's location and cultures in force on the calling thread.</summary>
    internal void Enter(SessionState session)
    {
        if (!ReferenceEquals(CultureInfo.CurrentCulture, _culture))
        {
            CultureInfo.CurrentCulture = _culture;
        }

        if (!ReferenceEquals(CultureInfo.CurrentUICulture, _uiCulture))
        {
            CultureInfo.CurrentUICulture = _uiCulture;
        }

        try
        {
            _location.Enter(session.Path, session.PSVariable);
        }
        catch (System.Management.Automation.DriveNotFoundException)
        {
            // A drive that only the caller's session has. The task runs where the runspace is, as in ForEach-Object -Parallel.
        }
    }

    /// <summary>
    /// New variables for a task: the preferences that the caller has changed, what <c>-Variable</c> gives and what the
    /// block has captured; null for none.
    /// </summary>
    internal List<PSVariable>? NewVariables(LoopBlocks blocks) =>
        _variables.Count == 0 ? null : _variables.ConvertAll(variable => new PSVariable(variable.Name, blocks.Bind(variable.Value)));

    /// <summary>False for what the caller could not wait for, because that is to call methods the language mode forbids.</summary>
    internal bool MayAwait(object? item) => _languageMode == PSLanguageMode.FullLanguage || !Awaitable.HasForeignMethods(item);

    /// <summary>Refuses to await what the caller could not.</summary>
    internal void ThrowIfNotAllowed(object? item)
    {
        if (!MayAwait(item))
        {
            throw Commands.Failures.MethodsNotAllowed(item, _languageMode).Exception;
        }
    }

    internal void TaskMade() => Interlocked.Increment(ref _open);

    internal void TaskEnded()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _ended?.Invoke();
        }
    }

    /// <summary>No more tasks will be made.</summary>
    internal void Complete() => TaskEnded();
}
