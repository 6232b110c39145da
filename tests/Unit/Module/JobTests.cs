namespace AsyncExecutors.Tests.Module;

/// <summary>-AsJob, and what PowerShell's own cmdlets for jobs do with its jobs.</summary>
public sealed class JobTests : ModuleTest
{
    [Fact]
    public void AsJob_IsOneJobInGetJob_WithAChildForEachTask()
    {
        Assert.Equal(
            ["AsyncJob", "Running", 3, "1", "($using:probe).Wait('go'); $_", "Default"],
            Output("""
                $global:j = 1..3 | Invoke-AsyncMultiple -AsJob { ($using:probe).Wait('go'); $_ }
                $global:j.PSJobTypeName; "$((Get-Job $global:j.Id).State)"; $global:j.ChildJobs.Count; "$(@(Get-Job).Count)"; $global:j.Command.Trim(); $global:j.Location
                """));
        Probe.Open("go");
        Assert.Equal(["Completed", 1, 2, 3], Output("\"$((Wait-Job $global:j).State)\"; $global:j | Receive-Job"));
    }

    [Fact]
    public void ReceiveJob_WhileItRuns_HasWhatWasWrittenUntilThen()
    {
        Run("$global:j = Submit-AsyncTask -AsJob { 'early'; ($using:probe).Hit('written'); ($using:probe).Wait('go'); 'late' }");
        Probe.WaitForHits("written", 1);
        Assert.Equal(["early", true], Output("Receive-Job $global:j; $global:j.HasMoreData"));
        Probe.Open("go");
        Assert.Equal(["late", false], Output("$global:j | Wait-Job | Receive-Job; $global:j.HasMoreData"));
    }

    [Fact]
    public void ReceiveJob_Keep_LeavesItThere() =>
        Assert.Equal([1, 1], Output("$j = Submit-AsyncTask -AsJob { 1 }; $null = Wait-Job $j; Receive-Job $j -Keep; Receive-Job $j; Receive-Job $j"));

    [Fact]
    public void ReceiveJob_WaitAutoRemoveJob_LeavesNoJob() =>
        Assert.Equal("2 4 0", string.Join(' ', Output("$o = @(1, 2 | Submit-AsyncTask -AsJob { $_ * 2 } | Receive-Job -Wait -AutoRemoveJob); [Array]::Sort($o); $o; @(Get-Job).Count")));

    [Fact]
    public void Failure_FailsTheChildAndTheJob_WithTheReason()
    {
        var run = Run("""
            $j = 1, 0 | Invoke-AsyncMultiple -AsJob { 12 / $_ } | Wait-Job
            "$($j.State)"; "$($j.ChildJobs.State)"; $j.ChildJobs[1].JobStateInfo.Reason.InnerException.GetType().Name
            $j.ChildJobs[1].JobStateInfo.Reason.ErrorRecord.TargetObject
            Receive-Job $j
            """);
        Assert.Equal(["Failed", "Completed Failed", "DivideByZeroException", 0, 12], run.Output);
        Assert.Equal("0: Attempted to divide by zero. (at line 1)", Assert.Single(run.Errors).ToString());
    }

    [Fact]
    public void Failure_OfReceiveJob_IsCaughtByTheTypeOfTheCause() =>
        Assert.Equal("caught", One("$j = 0 | Invoke-AsyncMultiple -AsJob { 12 / $_ } | Wait-Job; try { Receive-Job $j -ErrorAction Stop } catch [DivideByZeroException] { 'caught' }"));

    [Fact]
    public void ModuleThatCannotBeImported_IsOneError_AndTheTasksDoNotRun()
    {
        var run = Run("""
            $j = 1..50 | Invoke-AsyncMultiple -AsJob -ImportModule nosuchmodule { 'ran' } | Wait-Job
            "$($j.State)"; "$($j.ChildJobs.State | ForEach-Object { "$_" } | Where-Object { $_ -ne 'Stopped' })"
            Receive-Job $j
            """);
        Assert.Equal(["Failed", string.Empty], run.Output);
        Assert.Contains("nosuchmodule", Assert.Single(run.Errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void NonTerminatingError_IsInTheChildsErrors_AndItSucceeds()
    {
        var run = Run("$j = Submit-AsyncTask -AsJob { Get-Command nosuchcommand; 1 } | Wait-Job; \"$($j.State)\"; Receive-Job $j");
        Assert.Equal(["Completed", 1], run.Output);
        Assert.Contains("nosuchcommand", Assert.Single(run.Errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void StopJob_StopsTheTasks_FinallyBlocksRun()
    {
        Run("$global:j = 1, 2 | Invoke-AsyncMultiple -AsJob { try { ($using:probe).Hit('in'); while ($true) { } } finally { 'cleaned' } }");
        Probe.WaitForHits("in", 2);
        Assert.Equal(["Stopped", "Stopped Stopped", "cleaned", "cleaned"], Output("Stop-Job $global:j; \"$($global:j.State)\"; \"$($global:j.ChildJobs.State)\"; Receive-Job $global:j"));

        // As with Start-ThreadJob.
        Assert.Equal("PipelineStoppedException", One("$global:j.ChildJobs[0].JobStateInfo.Reason.GetType().Name"));
    }

    [Fact]
    public void RemoveJob_Running_NeedsForce()
    {
        Run("$global:j = Submit-AsyncTask -AsJob { ($using:probe).Hit('in'); while ($true) { } }; $global:t = $global:j.ChildJobs[0].Task");
        Probe.WaitForHits("in", 1);
        Assert.Single(Run("Remove-Job $global:j").Errors);
        Assert.Equal(["0", "Stopped"], Output("Remove-Job $global:j -Force; \"$(@(Get-Job).Count)\"; \"$((Wait-AsyncTask $global:t -ErrorAction Ignore).Status)\""));
    }

    [Fact]
    public void MaxWorkersAndTimeouts_HoldForJobs()
    {
        var run = Run("""
            $j = 1..4 | Invoke-AsyncMultiple -AsJob -MaxWorkers 2 -TaskTimeoutSeconds 0.3 { while ($true) { } } | Wait-Job
            "$($j.ChildJobs.State)"; $j.ChildJobs[0].JobStateInfo.Reason.InnerException.GetType().Name
            """);
        Assert.Equal(["Failed Failed Failed Failed", "TimeoutException"], run.Output);
    }

    [Fact]
    public void Name_IsTheJobs_AndFindsIt() =>
        Assert.Equal(["report", "report"], Output("$j = Submit-AsyncTask -AsJob -Name report { 1 }; $j.Name; (Get-Job -Name rep*).Name; $j | Wait-Job | Remove-Job"));

    [Fact]
    public void NoInput_IsAJobThatHasEnded() =>
        Assert.Equal(["Completed", false], Output("$j = @() | Invoke-AsyncMultiple -AsJob { 1 }; \"$($j.State)\"; $j.HasMoreData"));

    [Theory]
    [InlineData("-StreamOutput")]
    [InlineData("-ShowProgress")]
    public void AsJob_WithWhatNeedsThePipeline_IsRefused(string parameter) =>
        Assert.StartsWith("NotForAJob", Assert.Single(Run($"1 | Invoke-AsyncMultiple -AsJob {parameter} {{ 1 }}").Errors).FullyQualifiedErrorId, StringComparison.Ordinal);

    [Fact]
    public async Task StateChanged_IsRaisedWhenItEnds()
    {
        var job = Assert.IsType<AsyncExecutors.Jobs.AsyncJob>(One("Submit-AsyncTask -AsJob { ($using:probe).Wait('go') }"));
        var ended = new Signal();
        job.StateChanged += (_, change) =>
        {
            if (change.JobStateInfo.State == System.Management.Automation.JobState.Completed)
            {
                ended.Open();
            }
        };
        Probe.Open("go");
        await ended.WaitAsync();
    }
}
