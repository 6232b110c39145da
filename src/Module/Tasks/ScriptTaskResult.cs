using System.Management.Automation;

namespace AsyncExecutors;

/// <summary>What became of a script block's task: a <see cref="TaskResult"/> that names its input and has its errors.</summary>
/// <remarks>Thread safety: an object of this type never changes once it has been handed out.</remarks>
public sealed class ScriptTaskResult : TaskResult
{
    internal ScriptTaskResult(AsyncTaskStatus status, object? output, Exception? exception, object? inputObject, ErrorRecord[] errors, IReadOnlyList<object?> written)
        : base(status, output, exception)
    {
        InputObject = inputObject;
        Errors = errors;
        Written = written;
    }

    /// <summary>What the block had as <c>$_</c>.</summary>
    public object? InputObject { get; }

    /// <summary>
    /// The error records of the block, in order: those it went on after, and last the one that ended it, if one did.
    /// </summary>
    public IReadOnlyList<ErrorRecord> Errors { get; }

    /// <summary>The objects of <see cref="TaskResult.Output"/> one by one, also where one of them is an array or null.</summary>
    internal IReadOnlyList<object?> Written { get; }

    /// <inheritdoc/>
    protected override string Label => Commands.Failures.Named(Name, InputObject);
}
