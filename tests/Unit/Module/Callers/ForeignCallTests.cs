namespace AsyncExecutors.Tests.Module;

/// <summary>
/// Code that belongs to a runspace and is called by others: it runs on that runspace's thread, and nobody waits for ever.
/// </summary>
public sealed class ForeignCallTests : ModuleTest
{
    private const string Class = """
        class Thing {
            [int] $N = 1
            [int] Thread() { return [Environment]::CurrentManagedThreadId }
            [int] Fail() { throw [System.IO.InvalidDataException]::new('the method failed') }
            [int] Ask() { return (Invoke-AsyncTask { 5 }) }
            static [int] Home() { return [Environment]::CurrentManagedThreadId }
        }

        """;

    [Theory]
    [InlineData("$thing | Invoke-AsyncTask { $_.Thread() }")]
    [InlineData("Invoke-AsyncTask { ($using:thing).Thread() }")]
    [InlineData("($thing | Invoke-AsyncMultiple { $_.Thread() }).Output")]
    [InlineData("$thing | Submit-AsyncTask { $_.Thread() } | Receive-AsyncTask")]
    [InlineData("($thing | Submit-AsyncTask { $_.Thread() } | Wait-AsyncTask).Output")]
    [InlineData("await ($thing | Submit-AsyncTask { $_.Thread() }).Future")]
    [InlineData("Invoke-AsyncTask { [Thing]::Home() }")]
    [InlineData("$p = New-EventLoopPool; $t = $thing | Submit-AsyncTask -Pool $p { $_.Thread() }; Stop-EventLoopPool $p; $t | await")]
    [InlineData("$o = [pscustomobject]@{ }; $o.psobject.Members.Add([psscriptmethod]::new('Thread', { [Environment]::CurrentManagedThreadId })); $o | Invoke-AsyncTask { $_.Thread() }")]
    public void MethodOfTheCaller_InATask_RunsOnTheCallersThread(string call) =>
        Assert.Equal(true, One($"{Class} $thing = [Thing]::new(); $thread = . {{ {call} }}; $thread -eq [Environment]::CurrentManagedThreadId"));

    [Fact]
    public void MethodOfTheCaller_InManyTasks_EndsInEach() =>
        Assert.Equal(200, Output($"{Class} $thing = [Thing]::new(); (1..200 | ForEach-Object {{ $thing }} | Invoke-AsyncMultiple {{ $_.Thread() }}).Output").Count);

    [Fact]
    public void MethodOfTheCaller_InATaskOfATask_Ends() =>
        Assert.Equal(5, One($"{Class} $thing = [Thing]::new(); Invoke-AsyncTask {{ $using:thing | Invoke-AsyncTask {{ $_.Ask() }} }}"));

    [Fact]
    public void MethodOfTheCaller_ThatThrows_FailsTheTaskWithItsException() =>
        Assert.IsType<InvalidDataException>(Result($"{Class} [Thing]::new() | Invoke-AsyncMultiple {{ $_.Fail() }}").Exception);

    [Fact]
    public void ObjectMadeInATask_OfTheCallersClass_IsOfTheLoop() =>
        Assert.Equal([true, 1], Output($"{Class} Invoke-AsyncTask {{ $made = [Thing]::new(); $made.Thread() -eq [Environment]::CurrentManagedThreadId; $made.N }}"));

    [Fact]
    public void ClassWithoutAffinity_RunsWhereItIsCalled() =>
        Assert.Equal([true, true], Output($"[NoRunspaceAffinity()] {Class} [Thing]::new() | Invoke-AsyncTask {{ $_.Thread() -eq [Environment]::CurrentManagedThreadId; [Thing]::Home() -eq [Environment]::CurrentManagedThreadId }}"));

    [Fact]
    public void ObjectOfATasksClass_AtHome_CanBeCalled() =>
        Assert.Equal("made in a task", One("$made = Invoke-AsyncTask { class Inner { [string] Say() { return 'made in a task' } } [Inner]::new() }; $made.Say()"));

    [Fact]
    public void BlockOfATask_AtHome_CanBeCalled() =>
        Assert.Equal(["made in a task", "made in a task"], Output("$made = Invoke-AsyncTask { { 'made in a task' } }; & $made; $made.Invoke()"));

    [Fact]
    public void CallThatIsStopped_WhileTasksCallItsSession_Ends()
    {
        using var script = Session.Start($"{Class} $thing = [Thing]::new(); 1..1000000 | ForEach-Object {{ $thing }} | Invoke-AsyncMultiple {{ $probe = $using:probe; $_.Thread(); $probe.Hit('called') }}");
        Probe.WaitForHits("called", 20);
        script.Stop();

        Assert.Equal("ran", One("Invoke-AsyncTask { 'ran' }"));
    }
}
