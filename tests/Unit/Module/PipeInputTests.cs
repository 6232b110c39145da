namespace AsyncExecutors.Tests.Module;

/// <summary>Input that the cmdlets take from the pipe themselves is what PowerShell would have brought.</summary>
public sealed class PipeInputTests : ModuleTest
{
    [Fact]
    public void NumbersAndText_WithNotes_KeepThem() =>
        Assert.Equal(["5 a", "t b", "5 a", "t b"], Output("""
            $number = [psobject]::AsPSObject(5)
            $number.PSObject.Properties.Add([psnoteproperty]::new('Note', 'a'))
            $text = [psobject]::AsPSObject('t')
            $text.PSObject.Properties.Add([psnoteproperty]::new('Note', 'b'))
            ($number, $text, $number, $text | Invoke-AsyncMultiple -Ordered { "$_ $($_.Note)" }).Output
            """));

    [Fact]
    public void Nulls_AmongOthers_AreTasksOfTheirOwn()
    {
        Session.Set("list", new List<object?> { 1, null, "x", null });
        Assert.Equal(["[1]", "[]", "[x]", "[]"], Output("($list | Invoke-AsyncMultiple -Ordered { \"[$_]\" }).Output"));
    }

    [Theory]
    [InlineData("Invoke-AsyncMultiple -Ordered { $_ * 2 } | ForEach-Object Output")]
    [InlineData("Invoke-AsyncTask { $_ * 2 }")]
    [InlineData("Submit-AsyncTask { $_ * 2 } | Receive-AsyncTask")]
    public void SteppablePipeline_EachStep_IsAnInput(string command) =>
        Assert.Equal([2, 4, 6], Output($$"""
            $steps = { {{command}} }.GetSteppablePipeline()
            $steps.Begin($true)
            foreach ($i in 1..3) { $steps.Process($i) }
            $steps.End()
            $steps.Dispose()
            """).Order());

    [Fact]
    public void EndlessSequence_LeftEarly_IsNotReadOn()
    {
        var read = 0;
        Session.Set("endless", Endless());
        Assert.Equal([0, 1, 2], Output("""
            $left = 3
            :all do {
                $endless | Invoke-AsyncMultiple -Ordered { $_ } | ForEach-Object { $_.Output; if (--$left -eq 0) { break all } }
            } while ($false)
            """));
        Assert.InRange(read, 3, 10_000);

        IEnumerable<int> Endless()
        {
            while (true)
            {
                yield return read++;
            }
        }
    }

    [Fact]
    public void PipelineVariable_OfTheCmdlet_IsTheResult() =>
        Assert.Equal(["0 10", "1 20"], Output(
            "10, 20 | Invoke-AsyncMultiple -Ordered { $_ } -PipelineVariable result | ForEach-Object { $_.Index } | ForEach-Object { \"$_ $($result.Output)\" }"));
}
