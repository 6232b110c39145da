namespace AsyncExecutors.Tests.Module;

/// <summary><c>-ImportModule</c>: one at a time, verified, and one error for the call when it fails.</summary>
public sealed class CallerModuleTests : ModuleTest
{
    private readonly TemporaryFolder _folder = new();

    public CallerModuleTests()
    {
        Session.Set("mine", _folder.Add("Mine/Mine.psm1", "$script:loads = ++$global:loads; function Get-Mine { 'mine' } function Get-Loads { $script:loads }"));
        Session.Set("folder", _folder.Path);
    }

    [Theory]
    [InlineData("$mine")]
    [InlineData("./Mine/Mine.psm1")]
    [InlineData("Mine/Mine.psm1")]
    [InlineData("./Mine")]
    [InlineData("$tools, $mine")]
    public void ImportModule_ByPath_OfACall_IsThere(string path) =>
        Assert.Equal("mine", One($"$ExecutionContext.SessionState.Path.SetLocation($folder) | Select-TestFirst -Count 9 | ForEach-Object {{ }}; (Invoke-AsyncMultiple -ImportModule {path} {{ Get-Mine }}).Output"));

    [Fact]
    public void ImportModule_NameOfAModuleTheSessionHas_IsThatOne() =>
        Assert.Equal("mine", One("Import-Module $mine; (Invoke-AsyncMultiple -ImportModule mine { Get-Mine }).Output"));

    [Fact]
    public void ImportModule_Pattern_IsWhatTheSessionHas() =>
        Assert.Equal("mine", One("Import-Module $mine; (Invoke-AsyncMultiple -ImportModule M?ne { Get-Mine }).Output"));

    [Fact]
    public void ImportModule_NameOfAModuleTheSessionHas_IsImportedByItsManifest()
    {
        Session.Set("manifest", _folder.Add("Mine/Mine.psd1", "@{ RootModule = 'Mine.psm1'; ModuleVersion = '3.2.1'; FunctionsToExport = @('Get-Mine') }"));

        Assert.Equal("3.2.1", One("Import-Module $manifest; (Invoke-AsyncMultiple -ImportModule Mine { \"$((Get-Module Mine).Version)\" }).Output"));
    }

    [Fact]
    public void ImportModule_OnTheDefaultPool_IsGoneInTheNextCall() =>
        Assert.Equal(["mine", false], Output("""
            (Invoke-AsyncMultiple -ImportModule $mine { Get-Mine }).Output
            Invoke-AsyncTask { [bool](Get-Module Mine) }
            """));

    [Fact]
    public void ImportModule_OnAPoolOfOnesOwn_StaysAndIsNotLoadedAgain() =>
        Assert.Equal([1, 1, 1, "mine"], Output("""
            $p = New-EventLoopPool
            (1, 2 | Invoke-AsyncMultiple -Pool $p -ImportModule $mine { Get-Loads }).Output
            (Invoke-AsyncMultiple -Pool $p -ImportModule $mine { Get-Loads }).Output
            Invoke-AsyncTask -Pool $p { Get-Mine }
            """));

    [Fact]
    public void ImportModule_OnEachLoop_IsThere() =>
        Assert.Equal(["mine", "mine", "mine"], Output("(1..3 | Invoke-AsyncMultiple -ImportModule $mine -MaxWorkers 3 { ($using:probe).Meet('all', 3); Get-Mine }).Output"));

    [Fact]
    public void ImportModule_TakesNoneOfTheTasksTime()
    {
        Session.Set("slow", _folder.Add("Slow/Slow.psm1", "[System.Threading.Tasks.Task]::Delay(1500).Wait(); function Get-Slow { 'slow' }"));

        Assert.Equal("slow", One("(Invoke-AsyncMultiple -ImportModule $slow -TaskTimeoutSeconds 1 { Get-Slow }).Output"));
    }

    [Fact]
    public void ImportModule_TaskThatIsTooSlowAfterwards_TimesOut() =>
        Assert.Equal(AsyncTaskStatus.TimedOut, Result("1 | Invoke-AsyncMultiple -ImportModule $tools -TaskTimeoutSeconds 0.2 { Wait-TestGate $using:probe never }").Status);

    [Fact]
    public void ImportModule_ThatDoesNotEnd_IsStoppedWithTheCall()
    {
        Session.Set("stuck", _folder.Add("Stuck/Stuck.psm1", "Wait-TestGate $global:probe import"));
        Run("New-EventLoopPool -Name own -Variable @{ probe = $probe } -ImportModule $tools").AssertNoErrors();
        using var script = Session.Start("1, 2 | Invoke-AsyncMultiple -Pool own -ImportModule $stuck { 'ran' }");
        Probe.WaitForHits("at import", 1);
        script.Stop();

        Assert.Equal("ran", One("Invoke-AsyncTask -Pool own { 'ran' }"));
    }

    [Fact]
    public void ImportModule_ThatRunsTasksItself_IsImported()
    {
        Session.Set("busy", _folder.Add("Busy/Busy.psm1", "$script:state = Invoke-AsyncTask { 'from a task' }; function Get-State { $script:state }"));

        Assert.Equal(["from a task", "from a task"], Output("(Invoke-AsyncMultiple -ImportModule $busy { Get-State }).Output; Invoke-AsyncTask { Get-State } -Pool (New-EventLoopPool -ImportModule $busy)"));
    }

    [Fact]
    public void ImportModule_ThatDoesNotEnd_IsOverWithTheTimeOfTheCall()
    {
        Session.Set("stuck", _folder.Add("Stuck/Stuck.psm1", "Wait-TestGate $global:probe import"));
        var result = Result("1 | Invoke-AsyncMultiple -Pool (New-EventLoopPool -Variable @{ probe = $probe } -ImportModule $tools) -ImportModule $stuck -TimeoutSeconds 0.3 { 'ran' }");

        Assert.Equal(AsyncTaskStatus.TimedOut, result.Status);
    }

    [Theory]
    [InlineData("NoSuchModule")]
    [InlineData("NoSuch*Module")]
    [InlineData("./no/such.psm1")]
    [InlineData("$broken")]
    [InlineData("$mine, $broken")]
    public void ImportModule_ThatFails_IsOneErrorAndTheEndOfTheCall(string module)
    {
        Session.Set("broken", _folder.Add("Broken/Broken.psm1", "throw 'does not load'"));
        foreach (var call in new[] { "1..20 | Invoke-AsyncMultiple -ErrorAction SilentlyContinue -MaxWorkers 3", "New-EventLoopPool -Name broken -InitializationScript" })
        {
            var run = Run($"{call} {{ 'ran' }} -ImportModule {module}");

            Assert.StartsWith(call[0] == '1' || module.Contains('*', StringComparison.Ordinal) ? "ModuleNotImported" : "PoolDidNotStart", run.OneError().FullyQualifiedErrorId, StringComparison.Ordinal);
            Assert.Empty(run.Output);
        }

        Assert.Equal("ran", One("Invoke-AsyncTask { 'ran' }"));
    }

    [Fact]
    public void ImportModule_ThatComplainsWhileItLoads_IsThere()
    {
        Session.Set("complaining", _folder.Add("Complaining/Complaining.psm1", "& { [CmdletBinding()] param() $PSCmdlet.WriteError([System.Management.Automation.ErrorRecord]::new([Exception]::new('a complaint'), 'x', 0, $null)) }; function Get-Complaint { 'loads' }"));

        Assert.Equal("loads", One("(Invoke-AsyncMultiple -ImportModule $complaining { Get-Complaint }).Output"));
    }

    [Fact]
    public void ImportModule_ThatIsInNoFile_IsOneClearError()
    {
        var run = Run("$null = New-Module -Name Loose { function Get-Loose { } } | Import-Module -PassThru; Invoke-AsyncMultiple -ImportModule Loose { Get-Loose }");

        Assert.Contains("-Function", run.AssertError("ModuleNotImported").ToString(), StringComparison.Ordinal);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _folder.Dispose();
    }
}
