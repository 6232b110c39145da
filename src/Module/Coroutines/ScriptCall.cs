using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Runtime.CompilerServices;
using AsyncExecutors.Suspension;

namespace AsyncExecutors.Coroutines;

/// <summary>What the tasks of one call have in common: the block, and the caller's context as it was then.</summary>
/// <remarks>Thread safety: immutable, but for the count of tasks, which any thread may change.</remarks>
internal sealed class ScriptCall
{
    private static readonly ScriptBlockAst PipeInto = Parser.ParseInput(
        "param($__block, $__input, $__arguments) , $__input | & $__block @__arguments", out _, out _);

    private static readonly ScriptBlockAst CallWithout = Parser.ParseInput(
        "param($__block, $__input, $__arguments) & $__block @__arguments", out _, out _);

    private readonly ScriptBlockAst _userBlock;
    private readonly List<(string Name, object Value)> _preferences;
    private readonly string _location;
    private readonly PSLanguageMode _languageMode;
    private readonly CultureInfo _culture = CultureInfo.CurrentCulture;
    private readonly CultureInfo _uiCulture = CultureInfo.CurrentUICulture;
    private readonly Action? _ended;
    private int _open = 1;

    internal ScriptCall(ScriptBlock block, object?[]? arguments, PSCmdlet caller, IRecordSink records, Action<ScriptCall>? ended)
    {
        _userBlock = Blocks.AstOf(block);
        InputIsArgument = Blocks.RunAsCommand(_userBlock);
        Block = !InputIsArgument ? _userBlock : Blocks.TakesPipelineInput(_userBlock) ? PipeInto : CallWithout;
        Arguments = arguments ?? [];
        UsingValues = Runspaces.UsingValues.Collect(_userBlock, caller, block);
        _languageMode = Runspaces.LanguageModes.Stricter(caller.SessionState.LanguageMode, block);
        Records = records;
        Plan = BlockPlan.Of(block);
        LeavesNoTrace = Traces.LeavesNone(_userBlock);
        _preferences = Preferences.Of(caller);
        _location = caller.SessionState.Path.CurrentLocation.Path;
        _ended = ended is null ? null : () => ended(this);
    }

    /// <summary>What to invoke: the caller's block, or what pipes the input into it.</summary>
    internal ScriptBlockAst Block { get; }

    /// <summary>True when the block has begin, end or clean blocks, or binds parameters as cmdlets do: it is run as a command.</summary>
    internal bool InputIsArgument { get; }

    internal object?[] Arguments { get; }

    /// <summary>How the block is run when it suspends; null when it does not.</summary>
    internal BlockPlan? Plan { get; }

    internal IDictionary UsingValues { get; }

    internal IRecordSink Records { get; }

    /// <summary>True when the block's code cannot change the state of its runspace.</summary>
    internal bool LeavesNoTrace { get; }

    internal object UserBlock(ConditionalWeakTable<ScriptBlockAst, ScriptBlock> blocks) =>
        blocks.GetValue(_userBlock, static ast => ast.GetScriptBlock());

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

        if (!string.Equals(session.Path.CurrentLocation.Path, _location, StringComparison.Ordinal))
        {
            try
            {
                session.Path.SetLocation(WildcardPattern.Escape(_location));
            }
            catch (System.Management.Automation.DriveNotFoundException)
            {
                // A drive that only the caller's session has. The task runs where the runspace is, as in ForEach-Object -Parallel.
            }
        }
    }

    /// <summary>New variables for the preferences that the caller has changed; null for none.</summary>
    internal List<PSVariable>? NewPreferenceVariables() =>
        _preferences.Count == 0 ? null : _preferences.ConvertAll(static preference => new PSVariable(preference.Name, preference.Value));

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
