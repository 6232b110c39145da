using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace AsyncExecutors.Tests.Module;

/// <summary>
/// No cmdlet and no parameter does for a caller what the caller could not do directly. Each row is tried at the prompt first,
/// so that a row which PowerShell allows shows up as one.
/// </summary>
public sealed class RightsTests : ModuleTest
{
    private const string Forbidden = "[System.IO.Directory]::Exists('/')";
    private const string OddThing = "OddThing";

    /// <summary>What a session is configured with is trusted, and runs in full language whatever the session's own mode is.</summary>
    private static readonly SessionStateFunctionEntry[] Trusted =
    [
        new("Invoke-Trusted", "param($block, $pool) $with = @{}; if ($pool) { $with.Pool = $pool }; 1 | Invoke-AsyncTask @with $block"),
        new("Invoke-TrustedPiped", "param($block) $block | Invoke-AsyncTask"),
        new("New-TrustedPool", "param($block) New-EventLoopPool -InitializationScript $block"),
        new("Invoke-TrustedNamed", "Invoke-AsyncTask { Get-Mine }"),
        new("Invoke-TrustedValue", "param($block) Invoke-AsyncTask { & $using:block }"),
        new("Invoke-TrustedArgument", "param($block) Invoke-AsyncTask { param($b) & $b } -ArgumentList $block"),
        new("Invoke-TrustedVariable", "param($block) 1 | Invoke-AsyncMultiple -Variable @{ b = $block } { & $b }"),
        new("Invoke-TrustedFunction", "1 | Invoke-AsyncMultiple -Function Get-Mine { Get-Mine }"),
        new("New-FullPool", "New-EventLoopPool"),
        new("Get-FullBlock", "{ " + Forbidden + " }"),
    ];

    private readonly ModuleSession _constrained = new(PSLanguageMode.ConstrainedLanguage, configure: static state => state.Commands.Add(Trusted));

    public RightsTests()
    {
        _constrained.Set("probe", Probe);
        _constrained.Set(OddThing, OddThings.OnForeignThread());
        _constrained.Set("sequence", Sequences.Count(Probe, 2));
        _constrained.Set("task", Task.FromResult(5));
        _constrained.Set("valueTask", new ValueTask<int>(6));
    }

    [Theory]
    [InlineData("& { " + Forbidden + " }", "Invoke-AsyncTask { " + Forbidden + " }")]
    [InlineData("& { " + Forbidden + " }", "1 | Invoke-AsyncMultiple { " + Forbidden + " }")]
    [InlineData("& { " + Forbidden + " }", "Submit-AsyncTask { " + Forbidden + " } | Receive-AsyncTask")]
    [InlineData("& { " + Forbidden + " }", "{ " + Forbidden + " } | Invoke-AsyncTask")]
    [InlineData("& { " + Forbidden + " }", "Invoke-AsyncTask -Pool (New-EventLoopPool) { " + Forbidden + " }")]
    [InlineData("& { " + Forbidden + " }", "New-EventLoopPool -InitializationScript { " + Forbidden + " }")]
    [InlineData("& { begin { " + Forbidden + " } end { } }", "Invoke-AsyncTask { begin { " + Forbidden + " } end { } }")]
    [InlineData("& { " + Forbidden + " }", "Invoke-AsyncTask { $null = await $using:task; " + Forbidden + " }")]
    [InlineData("& { " + Forbidden + " }", "Invoke-AsyncTask { foreach ($i in await $using:task) { " + Forbidden + " } }")]
    [InlineData("& { " + Forbidden + " }", "Invoke-AsyncTask { function f { $null = await $using:task; " + Forbidden + " }; await f }")]
    [InlineData("& { param([System.IO.FileInfo] $f) 'ran' } 'a'", "Invoke-AsyncTask { param([System.IO.FileInfo] $f) $null = await $using:task; 'ran' } -ArgumentList 'a'")]
    [InlineData("$OddThing.GetAwaiter()", "Invoke-AsyncTask { $x = await $using:OddThing; if ($x -ne $null) { 'ran' } }")]
    [InlineData("$OddThing.GetAwaiter()", "Invoke-AsyncTask { await @($using:task, $using:OddThing) | ForEach-Object { if ($_ -eq 1) { 'ran' } } }")]
    [InlineData("$sequence.GetAsyncEnumerator($null)", "Receive-AsyncTask $sequence")]
    [InlineData("$sequence.GetAsyncEnumerator($null)", "Invoke-AsyncTask { await $using:sequence }")]
    [InlineData("$sequence.GetAsyncEnumerator($null)", "Invoke-AsyncTask { foreach ($i in await $using:sequence) { 'ran' } }")]
    [InlineData("& { param([System.IO.FileInfo] $f) 'ran' } 'a'", "Invoke-AsyncTask { param([System.IO.FileInfo] $f) 'ran' } -ArgumentList 'a'")]
    [InlineData("& { [CmdletBinding()] param([System.IO.FileInfo] $f) 'ran' } 'a'", "Invoke-AsyncTask { [CmdletBinding()] param([System.IO.FileInfo] $f) 'ran' } -ArgumentList 'a'")]
    [InlineData("$probe.Hit('called')", "Invoke-AsyncTask { ($using:probe).Hit('called') }")]
    [InlineData("$probe.Hit('called')", "Invoke-AsyncTask { $args[0].Hit('called') } -ArgumentList $probe")]
    [InlineData("$probe.Hit('called')", "$probe | Invoke-AsyncTask { $_.Hit('called') }")]
    [InlineData("$probe.Hit('called')", "Invoke-AsyncTask -Pool (New-EventLoopPool -Variable @{ p = $probe }) { $p.Hit('called') }")]
    [InlineData("$OddThing.GetAwaiter()", "Receive-AsyncTask $OddThing")]
    [InlineData("$OddThing.GetAwaiter()", "$OddThing | await")]
    [InlineData("$OddThing.GetAwaiter()", "Invoke-AsyncTask { $using:OddThing }")]
    [InlineData("$OddThing.GetAwaiter()", "(1 | Invoke-AsyncMultiple { $using:OddThing }).Output")]
    [InlineData("$OddThing.GetAwaiter()", "1 | Invoke-AsyncMultiple -StreamOutput { $using:OddThing }")]
    [InlineData("& { " + Forbidden + " }", "1 | Invoke-AsyncMultiple -StreamOutput { " + Forbidden + " }")]
    [InlineData("& { " + Forbidden + " }", "1 | Invoke-AsyncMultiple -AsJob { " + Forbidden + " } | Receive-Job -Wait")]
    [InlineData("$OddThing.GetAwaiter()", "Invoke-AsyncTask { Receive-AsyncTask $using:OddThing -ErrorAction Stop }")]
    [InlineData("$sequence.GetAsyncEnumerator($null)", "ConvertFrom-AsyncEnumerable $sequence")]
    [InlineData("$sequence.GetAsyncEnumerator($null)", "Invoke-AsyncTask { ConvertFrom-AsyncEnumerable $using:sequence -ErrorAction Stop }")]
    [InlineData("& { $ExecutionContext.SessionState.LanguageMode = 'FullLanguage' }", "Invoke-AsyncTask { $ExecutionContext.SessionState.LanguageMode = 'FullLanguage' }")]
    [InlineData("Add-Type 'public class Mine { }'", "Invoke-AsyncTask { Add-Type 'public class Mine { }' }")]
    [InlineData("& { class Mine { } }", "Invoke-AsyncTask { class Mine { } }")]
    public void Constrained_WhatTheCallerCannotDo_NoCmdletDoes(string direct, string script)
    {
        AssertFails(direct);
        AssertFails(script);
    }

    /// <summary>A trusted function is handed a block of a caller who is not.</summary>
    [Theory]
    [InlineData("Invoke-Trusted { " + Forbidden + " }")]
    [InlineData("Invoke-Trusted { " + Forbidden + " } (New-FullPool)")]
    [InlineData("Invoke-TrustedPiped { " + Forbidden + " }")]
    [InlineData("New-TrustedPool { " + Forbidden + " }")]
    [InlineData("function global:Get-Mine { " + Forbidden + " }; Invoke-TrustedNamed")]
    [InlineData("function global:Get-Mine { " + Forbidden + " }; Invoke-TrustedFunction")]
    [InlineData("Invoke-TrustedValue { " + Forbidden + " }")]
    [InlineData("Invoke-TrustedArgument { " + Forbidden + " }")]
    [InlineData("Invoke-TrustedVariable { " + Forbidden + " }")]
    [InlineData("Invoke-Trusted { process { " + Forbidden + " } }")]
    [InlineData("Invoke-Trusted ([scriptblock]{ " + Forbidden + " })")]
    public void Constrained_BlockGivenToATrustedFunction_StaysConstrained(string script) => AssertFails(script);

    [Fact]
    public void Constrained_BlockGivenToATrustedFunction_RunsAsFarAsItMay() =>
        Assert.Equal([1, "ConstrainedLanguage"], Ran("Invoke-Trusted { $_; \"$($ExecutionContext.SessionState.LanguageMode)\" }"));

    [Fact]
    public void Constrained_SequenceThatIsNotAwaited_IsAnObjectAsAnyOther()
    {
        Assert.Equal([1], Ran("Invoke-AsyncTask { $n = 0; foreach ($i in $using:sequence) { $null = await $using:task; $n++ }; $n }"));
        Assert.Equal(0, Probe.Count("made"));
    }

    [Fact]
    public void Constrained_BlockOfATrustedFunction_IsNotRunWithMoreThanTheCallers() => AssertFails("Invoke-AsyncTask (Get-FullBlock)");

    [Fact]
    public void Trusted_OwnBlockInAConstrainedSession_HasFullLanguage() =>
        Assert.Equal([true], Ran("Invoke-Trusted (Get-FullBlock)"));

    [Fact]
    public void Constrained_TasksOfDotNet_CanBeAwaited() =>
        Assert.Equal([5, 6, 5, 5], Ran("Receive-AsyncTask $task; await $valueTask; Invoke-AsyncTask { $using:task }; Submit-AsyncTask { $using:task } | await"));

    [Fact]
    public void Constrained_WhatIsRefused_IsNotTouched()
    {
        _constrained.Run("ConvertFrom-AsyncEnumerable $sequence; await $OddThing");

        Assert.Equal(0, Probe.Count("made"));
        Assert.Equal("MethodsNotAllowed", _constrained.Run("ConvertFrom-AsyncEnumerable $sequence").OneError().FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal("MethodsNotAllowed", _constrained.Run("await $OddThing").OneError().FullyQualifiedErrorId.Split(',')[0]);
    }

    [Fact]
    public void Constrained_Module_IsImportedAsTheCallerCould()
    {
        var folder = Directory.CreateTempSubdirectory("rights");
        try
        {
            var path = Path.Combine(folder.FullName, "Mine.psm1");
            File.WriteAllText(path, $"$mine = 'not run'; try {{ $mine = {Forbidden} }} catch {{ }}; function Get-Mine {{ $mine }}");
            Assert.Equal(["not run", "not run", "not run"], Ran($"Import-Module '{path}'; Get-Mine; (1 | Invoke-AsyncMultiple -ImportModule '{path}' {{ Get-Mine }}).Output; Invoke-AsyncTask -Pool (New-EventLoopPool -ImportModule '{path}') {{ Get-Mine }}"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>As sessions for delegated administration are: a few commands, and no way to others.</summary>
    [Theory]
    [InlineData("Invoke-AsyncTask")]
    [InlineData("Invoke-AsyncMultiple")]
    [InlineData("Submit-AsyncTask")]
    public void SessionOfAFewCommands_ATaskWouldHaveAll_IsRefused(string cmdlet)
    {
        using var session = new ModuleSession(PSLanguageMode.ConstrainedLanguage, configure: static state =>
        {
            state.Commands.Add(new SessionStateFunctionEntry("Invoke-Allowed", "Invoke-AsyncTask { 'ran' }"));
            foreach (var command in state.Commands["Get-Command"])
            {
                command.Visibility = SessionStateEntryVisibility.Private;
            }

            state.Commands.Remove("*", typeof(SessionStateApplicationEntry));
            state.Commands.Remove("*", typeof(SessionStateScriptEntry));
        });

        session.Run($"{cmdlet} {{ Get-Command }}").AssertError("CommandsRestricted");
        Assert.Equal(["ran"], session.Run("Invoke-Allowed").Output);
    }

    [Theory]
    [InlineData("Invoke-AsyncTask")]
    [InlineData("Invoke-AsyncMultiple")]
    [InlineData("Submit-AsyncTask")]
    public void NoLanguage_Blocks_AreRefused(string cmdlet)
    {
        using var session = new ModuleSession(PSLanguageMode.NoLanguage);
        using var shell = session.Commands(cmdlet);
        shell.AddArgument(ScriptBlock.Create("'ran'"));

        Assert.StartsWith("NoScriptsAllowed", Assert.IsAssignableFrom<RuntimeException>(Record.Exception(() => shell.Invoke())).ErrorRecord.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void NoLanguage_Awaitables_AreAsInAConstrainedSession()
    {
        using var session = new ModuleSession(PSLanguageMode.NoLanguage);
        using var odd = session.Commands("Receive-AsyncTask");
        odd.AddArgument(OddThings.OnForeignThread()).Invoke();
        using var plain = session.Commands("Receive-AsyncTask");

        Assert.StartsWith("MethodsNotAllowed", Assert.Single(odd.Streams.Error).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(5, Assert.Single(plain.AddArgument(Task.FromResult(5)).Invoke()).BaseObject);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _constrained.Dispose();
    }

    private void AssertFails(string script)
    {
        var run = _constrained.Run(script);
        Assert.True(run.Thrown is not null || run.Errors.Count > 0, $"It ran: {script}");
        Assert.DoesNotContain(run.Output, static item => item is true or 1 or "ran");
        Assert.Equal(0, Probe.Count("called"));
    }

    private IReadOnlyList<object?> Ran(string script)
    {
        var run = _constrained.Run(script);
        run.AssertNoErrors();
        return run.Output;
    }
}
