using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using AsyncExecutors.Pools;
using AsyncExecutors.Tasks;

namespace AsyncExecutors.Commands;

/// <summary>Every error of the module: its id, its category, and what it says happened, to what, and what to do.</summary>
internal static partial class Failures
{
    /// <summary>What a task that did not succeed is in the error stream: its target is the input.</summary>
    internal static ErrorRecord OfTask(TaskResult result)
    {
        var script = result as ScriptTaskResult;
        var cause = script?.Errors.Count > 0 ? script.Errors[^1] : null;
        var exception = result.Exception!;
        var (id, category) = result.Status switch
        {
            AsyncTaskStatus.TimedOut => ("TaskTimedOut", ErrorCategory.OperationTimeout),
            AsyncTaskStatus.Stopped => ("TaskStopped", ErrorCategory.OperationStopped),
            AsyncTaskStatus.Abandoned => ("TaskAbandoned", ErrorCategory.OperationTimeout),
            _ => ("TaskFailed", cause?.CategoryInfo.Category ?? ErrorCategory.NotSpecified),
        };
        var record = new ErrorRecord(exception, id, category, script?.InputObject);
        if (result.Status == AsyncTaskStatus.Failed && (script?.InputObject is not null || Place(cause).Length > 0))
        {
            var message = cause?.ErrorDetails?.Message ?? exception.Message;
            record.ErrorDetails = new ErrorDetails($"{(script?.InputObject is null ? string.Empty : ShortText.Of(script.InputObject) + ": ")}{message}{Place(cause)}");
        }

        return record;
    }

    /// <summary>The same; for a command that the task did not find and the cmdlet's session has, with how to bring it.</summary>
    internal static ErrorRecord OfTask(TaskResult result, PSCmdlet cmdlet)
    {
        var record = OfTask(result);
        if (Callers.CommandHints.For(result.Exception, cmdlet) is { } hint)
        {
            record.ErrorDetails = new ErrorDetails($"{record.ErrorDetails?.Message ?? record.Exception.Message} {hint}");
        }

        return record;
    }

    /// <summary>The same as the reason of a job's state: Receive-Job shows its message, and nothing else of it.</summary>
    internal static RuntimeException JobReason(TaskResult result)
    {
        var record = OfTask(result);
        return new RuntimeException(record.ErrorDetails?.Message ?? record.Exception.Message, record.Exception, record);
    }

    internal static ErrorRecord AwaitedTaskFailed(Exception exception, object? input) =>
        new(exception, "AwaitedTaskFailed", exception is OperationCanceledException ? ErrorCategory.OperationStopped : ErrorCategory.NotSpecified, input);

    internal static ErrorRecord Failed(Exception exception, object? target) =>
        exception is IContainsErrorRecord { ErrorRecord: { } record } ? record : AwaitedTaskFailed(exception, target);

    internal static RuntimeException UsingVariableMissing(UsingExpressionAst expression, string name)
    {
        var at = expression.Extent;
        var message = $"{expression.Extent.Text} has no value: the variable ${name} does not exist where the cmdlet is called (line {at.StartLineNumber}, column {at.StartColumnNumber}). Assign it before the call, or use a variable of the block without $using:.";
        return new RuntimeException(message, null, new ErrorRecord(new InvalidOperationException(message), "UsingVariableMissing", ErrorCategory.InvalidOperation, name));
    }

    internal static RuntimeException RunspaceClosed()
    {
        const string Message = "The block has closed the runspace that it ran in. Its event loop goes on in a new one.";
        return new RuntimeException(Message, null, new ErrorRecord(new InvalidOperationException(Message), "RunspaceClosed", ErrorCategory.InvalidOperation, null));
    }

    internal static ErrorRecord NotAScriptBlock(object? input, string command) => new(
        new ArgumentException($"{ShortText.Of(input)} is not a script block. Without -ScriptBlock each input must be one; give the code as the first argument: ... | {command} {{ ... }}."),
        "NotAScriptBlock",
        ErrorCategory.InvalidArgument,
        input);

    internal static ErrorRecord NotForAJob(string parameter) => new(
        new ArgumentException(parameter == "StreamOutput"
            ? "-StreamOutput does nothing for a job, which has its tasks' output as it is written: leave it out."
            : $"-{parameter} draws while the command runs, and with -AsJob it returns at once: leave one of them out."),
        "NotForAJob",
        ErrorCategory.InvalidArgument,
        parameter);

    internal static ErrorRecord NoScriptBlock() => new(
        new ArgumentException("There is no script block: give one as the first argument, or pipe script blocks in."),
        "NoScriptBlock",
        ErrorCategory.InvalidArgument,
        null);

    internal static ErrorRecord PoolStopped(EventLoopPool pool) => new(
        new InvalidOperationException($"The pool {pool.Name} was stopped and takes no more tasks. Make a new one with New-EventLoopPool."),
        "PoolStopped",
        ErrorCategory.InvalidOperation,
        pool);

    internal static ErrorRecord PoolBroken(EventLoopPool pool, Exception exception) => new(
        new InvalidOperationException($"The pool {pool.Name} has no event loop left: the last ones broke down and could not be replaced ({exception.GetBaseException().Message}). Make a new one with New-EventLoopPool.", exception),
        "PoolBroken",
        ErrorCategory.OpenError,
        pool);

    internal static ErrorRecord WaitsForOwnPool(EventLoop loop, object target) => new(
        new InvalidOperationException($"{loop.Name} is still being prepared, by the initialization script or a module of its pool, and that cannot wait for tasks of the same pool: they may need this loop. Give such tasks another pool, or none (-Pool) for the session's own."),
        "WaitsForOwnPool",
        ErrorCategory.DeadlockDetected,
        target);

    internal static ErrorRecord TooManyAbandonedThreads(EventLoopPool pool, AbandonedThreadsException exception) => new(
        new AbandonedThreadsException(
            $"{exception.Message} Find the .NET call that does not return, and give it a timeout of its own; the pool takes tasks again when such calls have returned. Another pool still does (New-EventLoopPool).",
            exception),
        "TooManyAbandonedThreads",
        ErrorCategory.LimitsExceeded,
        pool);

    internal static ErrorRecord OtherLanguageMode(EventLoopPool pool, PSLanguageMode mode) => new(
        new InvalidOperationException($"The pool {pool.Name} was made in a session in {pool.LanguageMode} mode, and this one is in {mode} mode. Make a pool here with New-EventLoopPool, or leave -Pool out."),
        "OtherLanguageMode",
        ErrorCategory.PermissionDenied,
        pool);

    internal static ErrorRecord NoScriptsAllowed(PSLanguageMode mode) => new(
        new InvalidOperationException($"This session is in {mode} mode, which allows no script blocks, and so no tasks either."),
        "NoScriptsAllowed",
        ErrorCategory.PermissionDenied,
        mode);

    internal static ErrorRecord CommandsRestricted() => new(
        new InvalidOperationException("This session allows only some commands, and tasks run where all are. Call the cmdlet inside a function that the session allows."),
        "CommandsRestricted",
        ErrorCategory.PermissionDenied,
        null);

    internal static ErrorRecord BlockOfOtherLanguageMode(PSLanguageMode mode, PSLanguageMode ofBlock) => new(
        new InvalidOperationException($"The script block comes from code in {ofBlock} mode, and would run in {mode} mode. Give it as -ScriptBlock and leave -Pool out, or make a pool where the block comes from."),
        "OtherLanguageMode",
        ErrorCategory.PermissionDenied,
        ofBlock);

    internal static ErrorRecord MethodsNotAllowed(object? input, PSLanguageMode mode)
    {
        var type = (input is PSObject wrapped ? wrapped.BaseObject : input)?.GetType().FullName;
        return new ErrorRecord(
            new InvalidOperationException($"This session is in {mode} mode, which does not allow to call the methods of {type}, and to wait for it is to call them. Tasks and value tasks of .NET are allowed."),
            "MethodsNotAllowed",
            ErrorCategory.PermissionDenied,
            input);
    }

    internal static ErrorRecord NameTaken(string name) => new(
        new ArgumentException(name.Equals(SessionPools.DefaultName, StringComparison.OrdinalIgnoreCase)
            ? $"{name} is the name of the session's own pool, which calls without -Pool use. Choose another name."
            : $"There is a pool named {name} already. Choose another name, use that one (Get-EventLoopPool {name}), or stop it first (Stop-EventLoopPool {name})."),
        "PoolNameTaken",
        ErrorCategory.ResourceExists,
        name);

    internal static ErrorRecord PoolNotFound(string name) => new(
        new ItemNotFoundException($"There is no pool named {name}. Get-EventLoopPool lists those there are."),
        "PoolNotFound",
        ErrorCategory.ObjectNotFound,
        name);

    internal static ErrorRecord PoolDidNotStart(string name, Exception exception)
    {
        var cause = (exception as IContainsErrorRecord)?.ErrorRecord;
        var original = Unwrap.Original(exception);
        return new ErrorRecord(
            new InvalidOperationException($"The pool {name} could not be started: {original.Message}{Place(cause)}", original),
            "PoolDidNotStart",
            ErrorCategory.OpenError,
            name);
    }

    internal static ErrorRecord WaitTimedOut(TaskInfo task, double seconds) => new(
        new TimeoutException($"{task.Name} had not ended after {seconds.ToString("0.###", CultureInfo.InvariantCulture)} s of waiting. It goes on; wait again, or stop it with Stop-AsyncTask."),
        "WaitTimedOut",
        ErrorCategory.OperationTimeout,
        task);

    internal static ErrorRecord NotAwaitable(object? input) => new(
        new ArgumentException($"{ShortText.Of(input)} cannot be awaited. Give a TaskInfo (from Submit-AsyncTask), a TaskResult, a .NET Task or ValueTask, an object with a GetAwaiter method, an IAsyncEnumerable or a TimeSpan. To await what a command writes, put it in parentheses: await (Submit-AsyncTask {{ ... }}){(input is string name ? $"; a function that awaits is awaited by its name in the block of a task: Invoke-AsyncTask {{ await {ShortText.Of(name)} }}" : string.Empty)}."),
        "NotAwaitable",
        ErrorCategory.InvalidArgument,
        input);

    internal static ErrorRecord NotAsyncEnumerable(object? input) => new(
        new ArgumentException($"{ShortText.Of(input)} is not an IAsyncEnumerable<T>. Give the sequence itself, such as [System.IO.File]::ReadLinesAsync($path) or $channel.Reader.ReadAllAsync()."),
        "NotAsyncEnumerable",
        ErrorCategory.InvalidArgument,
        input);

    /// <summary>A task in a message: its name, and its input if it has one.</summary>
    internal static string Named(string name, object? input) => input is null ? name : $"{name} ({ShortText.Of(input)})";

    /// <summary>Where in the caller's script the cause is, for the end of a message; nothing when it has no place.</summary>
    private static string Place(ErrorRecord? cause)
    {
        if (cause?.InvocationInfo is not { ScriptLineNumber: > 0 } at)
        {
            return string.Empty;
        }

        return string.IsNullOrEmpty(at.ScriptName)
            ? $" (at line {at.ScriptLineNumber})"
            : $" (at {Path.GetFileName(at.ScriptName)}:{at.ScriptLineNumber})";
    }
}
