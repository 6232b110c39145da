namespace AsyncExecutors.Tests.Module;

public sealed class ConvertFromAsyncEnumerableTests : ModuleTest
{
    private const string S = "[AsyncExecutors.Tests.Module.Sequences]";

    [Theory]
    [InlineData("ConvertFrom-AsyncEnumerable (" + S + "::Count($probe, 5))")]
    [InlineData("ConvertFrom-AsyncEnumerable -InputObject (" + S + "::Count($probe, 5))")]
    [InlineData(", " + S + "::Count($probe, 5) | ConvertFrom-AsyncEnumerable")]
    [InlineData("ConvertFrom-AsyncEnumerable (" + S + "::Count($probe, 5)) -Pool (New-EventLoopPool)")]
    [InlineData("Invoke-AsyncTask { ConvertFrom-AsyncEnumerable (" + S + "::Count($using:probe, 5)) }")]
    [InlineData("$p = New-EventLoopPool; Invoke-AsyncTask -Pool $p { ConvertFrom-AsyncEnumerable (" + S + "::Count($using:probe, 5)) -Pool $using:p }")]
    public void Items_AreWrittenInOrder_AndTheSequenceDisposed(string script)
    {
        Assert.Equal([1, 2, 3, 4, 5], Output(script));
        Assert.Equal(1, Probe.Count("disposed"));
    }

    [Fact]
    public void Items_OfTwoSequences_ComeOneAfterTheOther() =>
        Assert.Equal([1, 2, 1], Output($"{S}::Count($probe, 2), {S}::Count($probe, 1) | ConvertFrom-AsyncEnumerable"));

    [Fact]
    public void Items_NullAndArrays_AreItemsToo()
    {
        var items = Output($"ConvertFrom-AsyncEnumerable ({S}::Mixed())");

        Assert.Equal(3, items.Count);
        Assert.Null(items[0]);
        Assert.Equal([1, 2], Assert.IsType<int[]>(items[1]));
    }

    [Fact]
    public void Sequence_Empty_WritesNothing() => Assert.Empty(Output($"ConvertFrom-AsyncEnumerable ({S}::Count($probe, 0))"));

    [Fact]
    public void Items_ComeAsTheyAreMade()
    {
        using var script = Session.Start($"ConvertFrom-AsyncEnumerable ({S}::Gated($probe, 'go'))");

        Assert.Equal("first", script.WaitForOutput());
        Probe.Open("go");
        Assert.Equal(["first", "second"], script.Wait().Output);
    }

    [Theory]
    [InlineData("{0} | Select-TestFirst 3")]
    [InlineData("foreach ($once in 1) { {0} | ForEach-Object { $_; if ($_ -eq 3) { break } } }")]
    [InlineData("try { {0} | ForEach-Object { $_; if ($_ -eq 3) { throw 'enough' } } } catch { }")]
    public void LeavingEarly_DisposesTheSequence_AndIsLazy(string shape)
    {
        Assert.Equal([1, 2, 3], Run(shape.Replace("{0}", $"ConvertFrom-AsyncEnumerable ({S}::Count($probe, 100000))", StringComparison.Ordinal)).Output);

        Probe.WaitForHits("disposed", 1);
        Assert.InRange(Probe.Count("made"), 3, 10);
    }

    [Fact]
    public void PipelineStop_CancelsAndDisposesTheSequence()
    {
        using var script = Session.Start($"ConvertFrom-AsyncEnumerable ({S}::Endless($probe))");
        Probe.WaitForHits("waiting", 1);
        script.Stop();

        Probe.WaitForHits("disposed", 1);
    }

    [Fact]
    public void SequenceSlowToEnd_IsWaitedForWhenAllItemsWereTaken()
    {
        using var script = Session.Start($"ConvertFrom-AsyncEnumerable ({S}::SlowToEnd($probe, 'go'))");
        Probe.WaitForHits("ending", 1);
        Probe.Open("go");

        Assert.Equal([1], script.Wait().Output);
        Assert.Equal(1, Probe.Count("disposed"));
    }

    [Fact]
    public void SequenceSlowToEnd_PipelineStopped_IsNotWaitedFor()
    {
        using var script = Session.Start($"ConvertFrom-AsyncEnumerable ({S}::SlowToEnd($probe, 'go'))");
        Probe.WaitForHits("ending", 1);
        script.Stop();

        Assert.False(Probe.IsOpen("go"));
        Probe.Open("go");
        Probe.WaitForHits("disposed", 1);
    }

    [Fact]
    public void SequenceSlowToEnd_LeftEarly_IsNotWaitedFor()
    {
        Assert.Equal([1], Run($"ConvertFrom-AsyncEnumerable ({S}::SlowToEnd($probe, 'go')) | Select-TestFirst").Output);

        Assert.False(Probe.IsOpen("go"));
        Probe.Open("go");
        Probe.WaitForHits("disposed", 1);
    }

    [Fact]
    public void SequenceThrowingWhenCancelled_LeftEarly_IsNoError() =>
        Assert.Equal([1], Output($"ConvertFrom-AsyncEnumerable ({S}::ThrowingWhenCancelled()) | Select-TestFirst"));

    [Fact]
    public void Exception_HalfWay_IsAnErrorAfterTheItems()
    {
        var run = Run($"ConvertFrom-AsyncEnumerable ({S}::Failing(2))");

        Assert.Equal("half-way", Assert.IsType<InvalidDataException>(run.OneError().Exception).Message);
        Assert.Equal([1, 2], run.Output);
    }

    [Fact]
    public void Exception_HalfWay_CanBeCaughtByItsType() =>
        Assert.Equal([1, "caught"], Output($"try {{ ConvertFrom-AsyncEnumerable ({S}::Failing(1)) }} catch [System.IO.InvalidDataException] {{ 'caught' }}"));

    [Theory]
    [InlineData("5")]
    [InlineData("'text'")]
    [InlineData("@{ a = 1 }")]
    public void NotASequence_IsOneClearError(string item)
    {
        var run = Run($"ConvertFrom-AsyncEnumerable {item}");

        run.AssertError("NotAsyncEnumerable");
        Assert.Contains("Give the sequence itself", run.OneError().Exception.Message, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void Null_IsRefusedByTheBinder() => Run("ConvertFrom-AsyncEnumerable $null").AssertRefused();
}
