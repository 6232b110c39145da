using System.Management.Automation;
using AsyncExecutors.Tasks;

namespace AsyncExecutors;

/// <summary>What became of a script block's task: a <see cref="TaskResult"/> that names its input and has its errors.</summary>
/// <remarks>Thread safety: an object of this type never changes once it has been handed out.</remarks>
public sealed class ScriptTaskResult : TaskResult
{
    private readonly int _writtenCount;

    internal ScriptTaskResult(AsyncTaskStatus status, List<object?> written, Exception? exception, object? inputObject, ErrorRecord[] errors)
        : base(status, OutputOf(written), exception)
    {
        InputObject = inputObject;
        Errors = errors;
        _writtenCount = written.Count;
    }

    /// <summary>What the block had as <c>$_</c>.</summary>
    public object? InputObject { get; }

    /// <summary>
    /// The error records of the block, in order: those it went on after, and last the one that ended it, if one did.
    /// </summary>
    public IReadOnlyList<ErrorRecord> Errors { get; }

    /// <summary>The objects of <see cref="TaskResult.Output"/> one by one, also where one of them is an array or null.</summary>
    /// <remarks>Not kept beside the output: of a hundred thousand results, that would be two objects more each to collect around.</remarks>
    internal IReadOnlyList<object?> Written => _writtenCount switch
    {
        0 => [],
        1 => [Output],
        _ => (object?[])Output!,
    };

    /// <inheritdoc/>
    protected override string Label => Commands.Failures.Named(Name, InputObject);

    private static object? OutputOf(List<object?> written) => written.Count switch
    {
        0 => null,
        1 => PlainObject.Of(written[0]),
        _ => written.Select(PlainObject.Of).ToArray(),
    };
}
