using System.Management.Automation;

namespace AsyncExecutors.Tests.Module;

/// <summary>What fails in a task, as the result's <c>Exception</c> and <c>Errors</c>, and in the error stream.</summary>
public sealed class ErrorTests : ModuleTest
{
    [Theory]
    [InlineData("throw [System.IO.InvalidDataException]::new('no')", typeof(InvalidDataException), "no")]
    [InlineData("throw 'only text'", typeof(RuntimeException), "only text")]
    [InlineData("[System.IO.File]::ReadAllText('/does/not/exist')", typeof(DirectoryNotFoundException), null)]
    [InlineData("[int]::Parse('x')", typeof(FormatException), null)]
    [InlineData("1 / 0", typeof(DivideByZeroException), null)]
    [InlineData("Get-NoSuchCommand", typeof(CommandNotFoundException), null)]
    [InlineData("Invoke-TestFailure", typeof(InvalidDataException), "the cmdlet failed")]
    [InlineData("Write-TestRecord Error stopping -ErrorAction Stop", typeof(InvalidDataException), "stopping")]
    [InlineData("$ErrorActionPreference = 'Stop'; Write-TestRecord Error stopping", typeof(InvalidDataException), "stopping")]
    [InlineData("$null.Method()", typeof(RuntimeException), null)]
    public void TerminatingError_FailsTheTask_WithTheOriginalException(string body, Type exception, string? message)
    {
        var run = Run($"'in' | Invoke-AsyncMultiple -Pool (New-EventLoopPool -ImportModule $tools) {{ 'before'; {body}; 'after' }}");
        var result = Assert.Single(run.Results);

        Assert.Equal(AsyncTaskStatus.Failed, result.Status);
        Assert.False(result.Success);
        Assert.IsType(exception, result.Exception);
        Assert.Equal("before", result.Output);
        if (message is not null)
        {
            Assert.Equal(message, result.Exception!.Message);
        }
    }

    [Theory]
    [InlineData("param([int] $x) $x")]
    [InlineData("param([int] $x) await ([System.Threading.Tasks.Task]::CompletedTask); $x")]
    [InlineData("[CmdletBinding()] param([int] $x) $x")]
    [InlineData("param([ValidateSet('a')] $x) $x")]
    public void Argument_TheParameterCannotTake_IsAmongTheErrors(string block)
    {
        var result = Result($"'in' | Invoke-AsyncMultiple -ErrorAction Ignore -ArgumentList 'abc' {{ {block} }}");

        Assert.Equal(AsyncTaskStatus.Failed, result.Status);
        Assert.Contains("abc", Assert.Single(result.Errors).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("param([int] $x) $x")]
    [InlineData("param([int] $x) await ([System.Threading.Tasks.Task]::CompletedTask); $x")]
    public void Argument_TheParametersTypeCannotTake_IsTheSameErrorInABlockThatSuspends(string block)
    {
        var result = Result($"'in' | Invoke-AsyncMultiple -ErrorAction Ignore -ArgumentList 'abc' {{ {block} }}");

        Assert.IsType<PSInvalidCastException>(result.Exception);
        Assert.Equal("InvalidCastFromStringToInteger", Assert.Single(result.Errors).FullyQualifiedErrorId);
    }

    [Fact]
    public void TerminatingError_IsOneErrorRecord_WhoseTargetIsTheInput()
    {
        var run = Run("'in' | Invoke-AsyncMultiple { throw 'no' }");

        var record = run.AssertError("TaskFailed");
        Assert.Equal("in", ScriptRun.Plain(PSObject.AsPSObject(record.TargetObject)));
        Assert.Contains("no", record.ToString(), StringComparison.Ordinal);
        Assert.Contains("in", record.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void TerminatingError_OfOneTask_LeavesTheOthers()
    {
        var run = Run("1..5 | Invoke-AsyncMultiple -Ordered { if ($_ -eq 3) { throw 'three' }; $_ }; 'after'");

        Assert.Null(run.Thrown);
        Assert.Equal([true, true, false, true, true], run.Results.Select(static result => result.Success));
        Assert.Equal("after", run.Output[^1]);
    }

    [Fact]
    public void Errors_OfAScriptFile_HaveFileLineAndStack()
    {
        var folder = Directory.CreateTempSubdirectory("AsyncExecutors");
        try
        {
            var file = Path.Combine(folder.FullName, "script with space.ps1");
            File.WriteAllText(file, "1 | Invoke-AsyncMultiple {\n    function Inner { throw 'deep' }\n    Inner\n}\n");

            var run = Run($"& '{file}'");
            var record = Assert.Single(Assert.Single(run.Results).Errors);

            Assert.Equal(file, record.InvocationInfo.ScriptName);
            Assert.Equal(2, record.InvocationInfo.ScriptLineNumber);
            Assert.Contains("Inner", record.ScriptStackTrace, StringComparison.Ordinal);
            Assert.Contains($"{file}: line 3", record.ScriptStackTrace, StringComparison.Ordinal);
            Assert.Contains("script with space.ps1:2", run.OneError().ToString(), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void ScriptRoot_InABlockOfAFile_IsTheFilesFolder()
    {
        var folder = Directory.CreateTempSubdirectory("AsyncExecutors");
        try
        {
            var file = Path.Combine(folder.FullName, "root.ps1");
            File.WriteAllText(file, "(1 | Invoke-AsyncMultiple { $PSScriptRoot; $PSCommandPath }).Output");

            Assert.Equal([folder.FullName, file], Output($"& '{file}'"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void NonTerminatingErrors_Alone_DoNotFailTheTask()
    {
        var run = Run("'in' | Invoke-AsyncMultiple -Pool (New-EventLoopPool -ImportModule $tools) { Write-TestRecord Error first; Write-TestRecord Error second; 'out' }");
        var result = Assert.Single(run.Results);

        Assert.Equal(AsyncTaskStatus.Succeeded, result.Status);
        Assert.Null(result.Exception);
        Assert.Equal("out", result.Output);
        Assert.Equal(["first", "second"], result.Errors.Select(static error => error.Exception.Message));
        Assert.Equal(["first", "second"], run.Errors.Select(static error => error.Exception.Message));
    }

    [Fact]
    public void NonTerminatingErrors_KeepTheirIdAndPosition()
    {
        var record = Assert.Single(Result("1 | Invoke-AsyncMultiple -Pool (New-EventLoopPool -ImportModule $tools) {\n Write-TestRecord Error first }").Errors);

        Assert.StartsWith("TestError,", record.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("first", record.TargetObject);
        Assert.Equal(2, record.InvocationInfo.ScriptLineNumber);
    }

    [Fact]
    public void Errors_BeforeATerminatingError_AreAllThereInOrder()
    {
        var run = Run("1 | Invoke-AsyncMultiple -Pool (New-EventLoopPool -ImportModule $tools) { Write-TestRecord Error first; throw 'last' }");

        Assert.Equal(["first", "last"], Assert.Single(run.Results).Errors.Select(static error => error.ToString()));
        Assert.Equal(2, run.Errors.Count);
    }

    [Fact]
    public void CaughtError_LeavesNoTrace()
    {
        var run = Run("1 | Invoke-AsyncMultiple { try { throw 'no' } catch { \"caught $_\" } }");

        run.AssertNoErrors();
        Assert.Equal("caught no", Assert.Single(run.Results).Output);
        Assert.Empty(run.Results[0].Errors);
    }

    [Fact]
    public void TrappedError_ThatContinues_DoesNotFail()
    {
        var result = Result("1 | Invoke-AsyncMultiple { trap { continue } throw 'no'; 'after' }");

        Assert.Equal(AsyncTaskStatus.Succeeded, result.Status);
        Assert.Equal("after", result.Output);
    }

    [Fact]
    public void Rethrow_KeepsTheOriginalPosition()
    {
        var record = Assert.Single(Result("1 | Invoke-AsyncMultiple {\n try { [int]::Parse('x') } catch { throw }\n}").Errors);

        Assert.Equal(2, record.InvocationInfo.ScriptLineNumber);
    }

    [Fact]
    public void Finally_OfAFailingBlock_Runs()
    {
        Run("1 | Invoke-AsyncMultiple { try { throw 'no' } finally { ($using:probe).Hit('finally') } }");

        Assert.Equal(1, Probe.Count("finally"));
    }

    [Fact]
    public void Failure_OnALoop_LeavesTheLoopServing() =>
        Assert.Equal("next", Run("$p = New-EventLoopPool; 1 | Invoke-AsyncMultiple -Pool $p { throw 'no' } -ErrorAction Ignore; (1 | Invoke-AsyncMultiple -Pool $p { 'next' }).Output").Output[^1]);
}
