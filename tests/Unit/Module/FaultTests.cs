namespace AsyncExecutors.Tests.Module;

/// <summary>Blocks that do what a block should not: each ends as it must, and what follows it on the same loop is as ever.</summary>
public sealed class FaultTests : ModuleTest
{
    private const string Odd = "[AsyncExecutors.Tests.Module.OddThings]";
    private const string Next = "\"$_ $($PWD.Path) $ErrorActionPreference $([cultureinfo]::CurrentCulture.Name) $($ExecutionContext.SessionState.LanguageMode) $(Invoke-AsyncTask { 'nested' })\"";

    /// <summary>A block, the status it ends with, what it wrote as text, and what its exception must say.</summary>
    public static TheoryData<string, AsyncTaskStatus, string, string?> Faults { get; } = new()
    {
        // As in ForEach-Object -Parallel: they end the block, and nothing else.
        { "'out'; exit; 'never'", AsyncTaskStatus.Succeeded, "out", null },
        { "'out'; exit 3; 'never'", AsyncTaskStatus.Succeeded, "out", null },
        { "'out'; & { exit 3 }; 'never'", AsyncTaskStatus.Succeeded, "out", null },
        { "try { 'out' } finally { exit 3 }", AsyncTaskStatus.Succeeded, "out", null },
        { "'out'; break; 'never'", AsyncTaskStatus.Succeeded, "out", null },
        { "'out'; break elsewhere; 'never'", AsyncTaskStatus.Succeeded, "out", null },
        { "'out'; continue; 'never'", AsyncTaskStatus.Succeeded, "out", null },
        { "1 | ForEach-Object { 'out'; break }; 'never'", AsyncTaskStatus.Succeeded, "out", null },

        { "'out'; throw $null", AsyncTaskStatus.Failed, "out", "RuntimeException: ScriptHalted" },
        { "'out'; throw", AsyncTaskStatus.Failed, "out", "RuntimeException: ScriptHalted" },
        { "try { 'out' } finally { throw 'last' }", AsyncTaskStatus.Failed, "out", "RuntimeException: last" },
        { "try { throw 'first' } finally { throw 'last' }", AsyncTaskStatus.Failed, "", "RuntimeException: last" },
        { "throw [System.Management.Automation.PipelineStoppedException]::new('mine')", AsyncTaskStatus.Failed, "", "PipelineStoppedException: mine" },
        { "throw [System.OperationCanceledException]::new('mine')", AsyncTaskStatus.Failed, "", "OperationCanceledException: mine" },
        { Odd + "::Deep({ function f { f }; f })", AsyncTaskStatus.Failed, "", "ScriptCallDepthException: *" },

        { "$ErrorActionPreference = 'Stop'; 'out'; Invoke-DoesNotExist", AsyncTaskStatus.Failed, "out", "CommandNotFoundException: *" },
        { "Remove-Module AsyncExecutors -ErrorAction Ignore; 'out'", AsyncTaskStatus.Succeeded, "out", null },
        { "Import-Module '" + nameof(ModuleSession.ManifestPath) + "'; Remove-Module AsyncExecutors; 'out'", AsyncTaskStatus.Succeeded, "out", null },
        { "$null = $ExecutionContext.SessionState.Path.SetLocation('Function:'); 'out'", AsyncTaskStatus.Succeeded, "out", null },
        { "[cultureinfo]::CurrentCulture = 'ja-JP'; [cultureinfo]::CurrentUICulture = 'ja-JP'; 'out'", AsyncTaskStatus.Succeeded, "out", null },
        { "foreach ($i in 1..1000) { try { throw $i } catch { } }; $global:Error.Count -gt 200", AsyncTaskStatus.Succeeded, "True", null },
        { "$a = @(1..1000000); ,$a.Count; $a | & { process { if ($_ % 100000 -eq 0) { 'x' } } }", AsyncTaskStatus.Succeeded, "1000000 x x x x x x x x x x", null },
        { "$a = @{}; $a.self = $a; $l = [System.Collections.ArrayList]::new(); $null = $l.Add($l); $a; ,$l; 'out'", AsyncTaskStatus.Succeeded, "* out", null },
        { "[runspace]::DefaultRunspace = $null; 'out'", AsyncTaskStatus.Succeeded, "out", null },
        { "[System.Threading.SynchronizationContext]::SetSynchronizationContext([System.Threading.SynchronizationContext]::new()); 'out'", AsyncTaskStatus.Succeeded, "out", null },
        { "[System.Threading.Thread]::CurrentThread.Interrupt(); 'out'", AsyncTaskStatus.Succeeded, "out", null },
        { "$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'; 'out'", AsyncTaskStatus.Succeeded, "out", null },

        { "'out'; [runspace]::DefaultRunspace.Close(); 'never'", AsyncTaskStatus.Failed, "out", "InvalidOperationException: *has closed the runspace*" },
        { "'out'; [runspace]::DefaultRunspace.Dispose(); 'never'", AsyncTaskStatus.Failed, "out", "InvalidOperationException: *has closed the runspace*" },
        { "'out'; try { [runspace]::DefaultRunspace.Close() } catch { } finally { ($using:probe).Hit('finally') }; while ($true) { }", AsyncTaskStatus.Failed, "out", "InvalidOperationException: *has closed the runspace*" },
        { "'out'; [runspace]::DefaultRunspace.CloseAsync(); while ($true) { }", AsyncTaskStatus.Failed, "out", "InvalidOperationException: *has closed the runspace*" },

        { "'out'; return [AsyncExecutors.Tests.Module.Awaitables]::Failing('late')", AsyncTaskStatus.Failed, "out", "InvalidDataException: late" },
        { Odd + "::OnForeignThread()", AsyncTaskStatus.Succeeded, "1", null },
        { Odd + "::Twice()", AsyncTaskStatus.Succeeded, "1", null },
        { Odd + "::Inline()", AsyncTaskStatus.Succeeded, "1", null },
        { "'out'; " + Odd + "::NeverEnding()", AsyncTaskStatus.TimedOut, "out", "TimeoutException: *" },
        { "'out'; " + Odd + "::RefusingToBeAwaited()", AsyncTaskStatus.Failed, "out", "InvalidDataException: no waiting" },
        { "'out'; " + Odd + "::FailingTwice()", AsyncTaskStatus.Failed, "out", "InvalidDataException: no result" },

        { "ConvertFrom-AsyncEnumerable ([AsyncExecutors.Tests.Module.Sequences]::Failing(2))", AsyncTaskStatus.Failed, "1 2", "InvalidDataException: half-way" },
        { "ConvertFrom-AsyncEnumerable ([AsyncExecutors.Tests.Module.Sequences]::Endless($using:probe))", AsyncTaskStatus.TimedOut, "1", "TimeoutException: *" },
        { "ConvertFrom-AsyncEnumerable (" + Odd + "::FailingInDispose(2))", AsyncTaskStatus.Failed, "1 2", "InvalidDataException: dispose" },
        { "foreach ($once in 1) { ConvertFrom-AsyncEnumerable (" + Odd + "::FailingInDispose(9)) | ForEach-Object { $_; break } }; 'out'", AsyncTaskStatus.Failed, "1", "InvalidDataException: dispose" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Fault_InAPoolOfOne_EndsAsItMust_AndTheLoopServesTheNext(string block, AsyncTaskStatus status, string output, string? exception)
    {
        Run("$global:p = New-EventLoopPool 1").AssertNoErrors();
        Check("-Pool $p", block, status, output, exception);

        Assert.Equal([1, 0, 0], Output("@($p.EventLoops).Count; $p.AbandonedCount; $p.PendingCount"));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Fault_InTheSessionsOwnPool_EndsAsItMust_AndThePoolServesTheNext(string block, AsyncTaskStatus status, string output, string? exception) =>
        Check(string.Empty, block, status, output, exception);

    [Theory]
    [InlineData("$box.task | Stop-AsyncTask")]
    [InlineData("$p | Stop-EventLoopPool -Force")]
    [InlineData("Stop-EventLoopPool -Name own -Force")]
    public void Block_ThatStopsItself_EndsStopped(string stop)
    {
        var result = Result($$"""
            $p = New-EventLoopPool 1 -Name own
            $box = @{}
            $box.task = Submit-AsyncTask -Pool $p { $box = $using:box; $p = $using:p; ($using:probe).Wait('go'); try { 'out'; {{stop}}; while ($true) { [System.Threading.Thread]::Sleep(1) } } finally { 'finally' } }
            $probe.Open('go')
            $box.task | Wait-AsyncTask -ErrorAction Ignore
            """);

        Assert.Equal(AsyncTaskStatus.Stopped, result.Status);
        Assert.Equal<object>(["out", "finally"], Assert.IsType<object[]>(result.Output));
    }

    [Fact]
    public void Block_ThatEndsItsPool_EndsItself_AndThePoolTakesNoMore()
    {
        var run = Run("$p = New-EventLoopPool 1; Invoke-AsyncTask -Pool $p { $using:p | Stop-EventLoopPool; 'out' }; Invoke-AsyncTask -Pool $p { 'never' }");

        Assert.Equal(["out"], run.Output);
        run.AssertError("PoolStopped");
    }

    [Fact]
    public void Block_WhoseRunspaceSomebodyElseCloses_EndsStopped()
    {
        var before = ModuleSession.OpenRunspaces;
        Run("$global:p = New-EventLoopPool 1; $global:box = @{}").AssertNoErrors();
        Run("$global:t = Submit-AsyncTask -Pool $p { ($using:box).runspace = [runspace]::DefaultRunspace; 'out'; ($using:probe).Hit('in'); while ($true) { } }").AssertNoErrors();
        Probe.WaitForHits("in", 1);
        Run("$box.runspace.Close()").AssertNoErrors();

        var result = Result("$t | Wait-AsyncTask -ErrorAction Ignore");
        Assert.Equal(AsyncTaskStatus.Stopped, result.Status);
        Assert.Equal("out", result.Output);
        Assert.Equal([2, 1], Output("Invoke-AsyncTask -Pool $p { 1 + 1 }; @($p.EventLoops).Count"));
        Run("$p | Stop-EventLoopPool; $box.runspace.Dispose()").AssertNoErrors();
        Assert.Equal(before, ModuleSession.OpenRunspaces);
    }

    [Fact]
    public void Block_ThatWritesAMillionObjects_LosesNone() =>
        Assert.Equal([1_000_000, 1_000_000], Output("$r = 1 | Invoke-AsyncMultiple { 1..1000000 }; $r.Output.Count; $r.Output[-1]"));

    [Fact]
    public void Pool_WhoseModuleABlockRemoves_StillRunsNestedTasks() =>
        Assert.Equal([1, 2], Output($"$p = New-EventLoopPool 1; Invoke-AsyncTask -Pool $p {{ Import-Module '{ModuleSession.ManifestPath}'; Remove-Module AsyncExecutors; 1 }}; Invoke-AsyncTask -Pool $p {{ Invoke-AsyncTask {{ 2 }} }}"));

    /// <summary>The text of such an object is made by code of the session, which waits for the task.</summary>
    [Theory]
    [InlineData("[Odd]::new()")]
    [InlineData("[pscustomobject]@{ Odd = [Odd]::new() }")]
    [InlineData("$scripted")]
    [InlineData("$circular")]
    public void Input_WithoutAText_IsNamedByItsType(string input)
    {
        var run = Run($$"""
            class Odd { [string] ToString() { throw 'no text' } }
            $scripted = [psobject]::AsPSObject([object]::new())
            $scripted.PSObject.Methods.Add([psscriptmethod]::new('ToString', { throw 'no text' }))
            $circular = [System.Collections.ArrayList]::new()
            $null = $circular.Add($circular)
            $in = {{input}}
            $in | Invoke-AsyncMultiple { throw 'failed' }
            , $in | Invoke-AsyncMultiple -TaskTimeoutSeconds 0.2 { while ($true) { } }
            """);

        Assert.Null(run.Thrown);
        Assert.Equal([AsyncTaskStatus.Failed, AsyncTaskStatus.TimedOut], run.Results.Select(static result => result.Status));
        Assert.Equal(2, run.Errors.Count);
    }

    private void Check(string pool, string block, AsyncTaskStatus status, string output, string? exception)
    {
        var next = $"'in' | Invoke-AsyncTask {pool} {{ {Next} }}";
        var expected = One(next);
        var limit = status == AsyncTaskStatus.TimedOut ? 0.3 : 25;
        var body = block.Replace(nameof(ModuleSession.ManifestPath), ModuleSession.ManifestPath, StringComparison.Ordinal);
        var result = Result(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"1 | Invoke-AsyncMultiple {pool} -TaskTimeoutSeconds {limit} {{ {body} }}"));

        Assert.Equal(status, result.Status);
        AssertLike(output, result.Output switch
        {
            null => string.Empty,
            object?[] items => string.Join(' ', items),
            var item => item.ToString()!,
        });
        AssertLike(exception ?? string.Empty, result.Exception is { } thrown ? $"{thrown.GetType().Name}: {thrown.Message}" : string.Empty);
        Assert.Equal(expected, One(next));
    }

    private static void AssertLike(string pattern, string text) =>
        Assert.True(new System.Management.Automation.WildcardPattern(pattern).IsMatch(text), $"Expected: {pattern}\nActual:   {text}");
}
