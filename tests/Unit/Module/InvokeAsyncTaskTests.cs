namespace AsyncExecutors.Tests.Module;

public sealed class InvokeAsyncTaskTests : ModuleTest
{
    [Theory]
    [InlineData("Invoke-AsyncTask { 'a' }", "a")]
    [InlineData("Invoke-AsyncTask { 'a'; 'b' }", "a,b")]
    [InlineData("Invoke-AsyncTask { }", "")]
    [InlineData("1..3 | Invoke-AsyncTask { $_ * 2 }", "2,4,6")]
    [InlineData("1..3 | Invoke-AsyncTask { $_; $_ * 10 }", "1,10,2,20,3,30")]
    [InlineData("Invoke-AsyncTask -InputObject 5 { $_ }", "5")]
    [InlineData("Invoke-AsyncTask { param($a, $b) $b, $a } -ArgumentList x, y", "y,x")]
    [InlineData("Invoke-AsyncTask { [AsyncExecutors.Tests.Module.Awaitables]::ValueTask(5) }", "5")]
    [InlineData("{ 'a' }, { 'b' } | Invoke-AsyncTask", "a,b")]
    [InlineData("@() | Invoke-AsyncTask { 'never' }", "")]
    [InlineData("$null | Invoke-AsyncTask { 'once' }", "once")]
    public void Invoke_WritesTheOutputItself(string script, string expected) =>
        Assert.Equal(expected, One($"@({script}) -join ','"));

    [Fact]
    public void Invoke_TypeOfOutput_IsKept() => Assert.Equal(5L, One("Invoke-AsyncTask { 5L }"));

    [Fact]
    public void Invoke_WrittenNullAmongOthers_IsWritten() => Assert.Equal([1, null, 2], Output("Invoke-AsyncTask { 1; $null; 2 }"));

    [Fact]
    public void Invoke_WrittenNullAlone_IsWritten() => Assert.Equal(1, One("@(Invoke-AsyncTask { $null }).Count"));

    [Fact]
    public void Invoke_ArrayAsOneObject_StaysOneObject() => Assert.Equal(1, One("@(Invoke-AsyncTask { , (1, 2, 3) }).Count"));

    [Fact]
    public void Invoke_OtherCollectionAsOneObject_StaysOneObject() =>
        Assert.Equal(1, One("@(Invoke-AsyncTask { , [System.Collections.Generic.List[int]](1, 2, 3) }).Count"));

    [Fact]
    public void Invoke_TaskWithAnArray_WritesItsItems() =>
        Assert.Equal(3, One("@(Invoke-AsyncTask { [System.Threading.Tasks.Task]::FromResult([int[]](1, 2, 3)) } | ForEach-Object { $_ }).Count"));

    [Fact]
    public void Invoke_Name_IsInTheErrorsMessage() =>
        Assert.Contains("fetch", Run("Invoke-AsyncTask -Name fetch -TimeoutSeconds 0.1 { [AsyncExecutors.Tests.Module.Awaitables]::Never() }").AssertError("TaskTimedOut").ToString(), StringComparison.Ordinal);

    [Fact]
    public void Invoke_OnALoopsThread_RunsThere() =>
        Assert.Equal(true, One("$p = New-EventLoopPool; $mine = [System.Threading.Thread]::CurrentThread.ManagedThreadId; (Invoke-AsyncTask -Pool $p { [System.Threading.Thread]::CurrentThread.ManagedThreadId }) -eq @($p.EventLoops)[0].Thread.ManagedThreadId"));
}
