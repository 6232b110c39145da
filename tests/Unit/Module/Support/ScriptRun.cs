using System.Management.Automation;

namespace AsyncExecutors.Tests.Module;

/// <summary>What a script wrote, and how it ended.</summary>
internal sealed class ScriptRun(IReadOnlyList<object?> output, PSDataStreams streams, Exception? thrown)
{
    /// <summary>The objects, without PowerShell's wrapper.</summary>
    internal IReadOnlyList<object?> Output { get; } = output;

    internal IReadOnlyList<ErrorRecord> Errors { get; } = [.. streams.Error];

    internal IReadOnlyList<string> Warnings { get; } = [.. streams.Warning.Select(static record => record.Message)];

    internal IReadOnlyList<string> Verbose { get; } = [.. streams.Verbose.Select(static record => record.Message)];

    internal IReadOnlyList<string> Debug { get; } = [.. streams.Debug.Select(static record => record.Message)];

    internal IReadOnlyList<InformationRecord> Information { get; } = [.. streams.Information];

    /// <summary>What ended the script before its end; null when nothing did.</summary>
    internal Exception? Thrown { get; } = thrown;

    /// <summary>The results of tasks among the output.</summary>
    internal IReadOnlyList<ScriptTaskResult> Results => [.. Output.OfType<ScriptTaskResult>()];

    internal void AssertNoErrors()
    {
        Assert.Null(Thrown);
        Assert.Empty(Errors);
    }

    /// <summary>The one error: a terminating one, or the only record of the error stream.</summary>
    internal ErrorRecord OneError()
    {
        if (Thrown is not null)
        {
            Assert.Empty(Errors);
            return Assert.IsAssignableFrom<IContainsErrorRecord>(Thrown).ErrorRecord;
        }

        return Assert.Single(Errors);
    }

    /// <summary>Asserts that there is one error, with this id.</summary>
    internal ErrorRecord AssertError(string id)
    {
        var error = OneError();
        Assert.Equal(id, error.FullyQualifiedErrorId.Split(',')[0]);
        return error;
    }

    /// <summary>Asserts that the parameters were refused before anything ran.</summary>
    internal void AssertRefused()
    {
        Assert.IsAssignableFrom<ParameterBindingException>(OneError().Exception);
        Assert.Empty(Output);
    }

    internal static object? Plain(PSObject? item) => item?.BaseObject is PSCustomObject ? item : item?.BaseObject;
}
