using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;

namespace AsyncExecutors.Tests.Module.Coroutines;

/// <summary>
/// Runs programs twice: as tasks that suspend, and as plain PowerShell, with each <c>await X</c> replaced by X, where X is
/// the value itself. All columns stay, so that errors must agree to the character.
/// </summary>
/// <remarks><c>$T</c> is a <see cref="Things"/> in each program. What fails is awaited in both runs: off a loop that waits.</remarks>
public sealed partial class Programs : IDisposable
{
    /// <summary>As long as the other, so that errors have the same columns.</summary>
    private const string Prelude = "; Import-Module $using:tools; $T = $using:T; ";
    private const string PlainPrelude = "; $T = $plain_T; $_ = $in;                   ";

    private readonly ModuleSession _session = new();
    private readonly ModuleSession _plain = new();

    public Programs()
    {
        // The default pool has been used once, so that its loop is reset before each of its calls.
        var run = _session.Run("New-EventLoopPool 1; Invoke-AsyncTask { $global:x = 1 }");
        run.AssertNoErrors();
        _session.Set("own", Assert.Single(run.Output));
    }

    public void Dispose()
    {
        _session.Run("Stop-EventLoopPool $own -Force").AssertNoErrors();
        _session.Dispose();
        _plain.Dispose();
    }

    /// <summary>Runs a program both ways, in a pool of its own and in the default pool, with 5 as input and a and b as arguments.</summary>
    internal void AssertSame(string program, string output, bool fails)
    {
        var plain = Plain(program, 5, ["a", "b"]);
        foreach (var inDefaultPool in (bool[])[false, true])
        {
            var suspended = Assert.Single(Suspending([program], inDefaultPool, 5, ["a", "b"]));

            Assert.Equal(plain.WithoutOuterCallers().ToString(), suspended.WithoutOuterCallers().ToString());
            Assert.Equal(output, Shown.Value(suspended.Output));
            Assert.Equal(fails, suspended.Failed);
        }
    }

    /// <summary>False for a program that PowerShell does not understand: it stumbles over a few strings in strings.</summary>
    internal static bool Parses(string program)
    {
        Parser.ParseInput(WithPrelude(program, Prelude), out _, out var errors);
        return errors.Length == 0;
    }

    /// <summary>Runs programs with <c>await</c> at once: on one loop of their own, or in the session's default pool, which is reset before.</summary>
    internal IReadOnlyList<Observed> Suspending(IReadOnlyList<string> programs, bool inDefaultPool, object? input = null, object?[]? arguments = null)
    {
        var things = programs.Select(static _ => new Things.Awaited()).ToArray();
        _session.Set("things", things);
        _session.Set("blocks", programs.Select(static program => ScriptBlock.Create(WithPrelude(program, Prelude))).ToArray());
        _session.Set("in", input);
        _session.Set("with", arguments ?? []);
        _session.Set("pool", inDefaultPool ? "Default" : _session.Get("own"));
        var run = _session.Run("""
            $tasks = for ($i = 0; $i -lt $blocks.Count; $i++) {
                $T = $things[$i]
                Submit-AsyncTask $blocks[$i] -Pool $pool -InputObject $in -ArgumentList $with -TimeoutSeconds 20 -Name "program $i"
            }
            foreach ($task in $tasks) { Wait-AsyncTask $task -ErrorAction Ignore }
            """);
        run.AssertNoErrors();
        Assert.Equal(programs.Count, run.Results.Count);
        return [.. run.Results.Select((result, index) => new Observed(
            programs[index], result.Output, Errors(result.Errors, outerCalls: 1), result.Status == AsyncTaskStatus.Failed, things[index].Log))];
    }

    /// <summary>Runs the program with values in place of awaits.</summary>
    internal Observed Plain(string program, object? input = null, object?[]? arguments = null)
    {
        var things = new Things();
        _plain.Set("things", things);
        _plain.Set("block", ScriptBlock.Create(WithPrelude(ReplaceAwaits(program), PlainPrelude)));
        _plain.Set("in", input);
        _plain.Set("with", arguments ?? []);
        var run = _plain.Run("""
            $global:plain_T = $things
            $_ = $in
            try { . { & $block @with } } catch { $global:caught = $_ }
            """);
        Assert.Null(run.Thrown);
        var caught = _plain.Get("caught") as ErrorRecord;
        _plain.Set("caught", null);
        object? output = run.Output.Count switch { 0 => null, 1 => run.Output[0], _ => run.Output.ToArray() };
        return new Observed(program, output, Errors(caught is null ? run.Errors : [.. run.Errors, caught], outerCalls: 2), caught is not null, things.Log);
    }

    /// <summary>With the lines of code in them as they are in both runs.</summary>
    private static string[] Errors(IEnumerable<ErrorRecord> errors, int outerCalls) =>
        [.. errors.Select(error => Shown.Error(error, outerCalls)
            .Replace("await ", "      ", StringComparison.OrdinalIgnoreCase).Replace(PlainPrelude, Prelude, StringComparison.Ordinal))];

    /// <summary>Behind the parameters, or on a line of its own.</summary>
    private static string WithPrelude(string program, string prelude) =>
        Parser.ParseInput(program, out _, out _).ParamBlock?.Extent.EndOffset is { } end ? program.Insert(end, prelude) : $"{prelude}\n{program}";

    internal static string ReplaceAwaits(string program) => Awaits().Replace(program, "      ");

    [GeneratedRegex(@"\bawait (?!\(?\$T\.Fail)", RegexOptions.IgnoreCase)]
    private static partial Regex Awaits();
}

/// <summary>What a run of a program is seen to do.</summary>
public sealed record Observed(string Program, object? Output, IReadOnlyList<string> Errors, bool Failed, IReadOnlyList<string> Log)
{
    /// <summary>
    /// Of each error only what it says and its line: pieces of a function that suspends are not called by the function's
    /// caller, and where several expressions of a line fail without a place of their own PowerShell names the last it knew.
    /// </summary>
    internal Observed WithoutCallers() => this with { Errors = [.. Errors.Select(static error => string.Join("\n", error.Split('\n').Where(IsOfError).Select(WithoutColumn)))] };

    /// <summary>Of the calls that led to an error only the innermost; and no code that is shown in part.</summary>
    internal Observed WithoutOuterCallers() => this with { Errors = [.. Errors.Select(WithoutOuterCallers)] };

    public override string ToString() => $"""
        output: {Shown.Value(Output)}
        failed: {Failed}
        log: {string.Join(", ", Log)}
        errors:
        {string.Join("\n", Errors)}
        """;

    private static string WithoutOuterCallers(string error)
    {
        var lines = error.Split('\n').Where(line => !line.StartsWith("  +", StringComparison.Ordinal) || !error.Contains('\u2026', StringComparison.Ordinal)).ToArray();
        var first = Array.FindIndex(lines, static line => line.StartsWith("  at ", StringComparison.Ordinal));
        return string.Join('\n', lines.Where((line, index) => index == first || !line.StartsWith("  at ", StringComparison.Ordinal)));
    }

    private static string WithoutColumn(string line) =>
        line.StartsWith("  At ", StringComparison.Ordinal) ? line[..line.IndexOf(" char:", StringComparison.Ordinal)] : line;

    private static bool IsOfError(string line) =>
        !line.StartsWith("  +", StringComparison.Ordinal) && !line.StartsWith("  at ", StringComparison.Ordinal);
}
