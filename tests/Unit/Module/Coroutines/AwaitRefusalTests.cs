using System.Management.Automation;

namespace AsyncExecutors.Tests.Module.Coroutines;

/// <summary>Blocks that await where they cannot be suspended are refused before they begin.</summary>
public sealed class AwaitRefusalTests : ModuleTest
{
    private const string Nested = "stands in a script block that another command calls, which cannot be suspended. Write its lines without it, in a statement such as foreach ($item in $items) { $result = await ... }, or give the script block to Invoke-AsyncMultiple.";
    private const string NotAlways = "stands where it is not evaluated in any case. Use if: if (...) { $result = await ... }.";
    private const string Here = "stands where PowerShell evaluates something else before it. Await on a line before: $result = await ...; then use $result.";
    private const string Named = "stands in a block with begin, process, clean or dynamicparam, or in a parameter's default. Leave out the block's names: $_ is the input. To clean up use try and finally.";

    private const string NamedFunction = "stands in F, in a block for piped input or in a parameter's default. Take the input as a parameter, such as function F($item) { ... }, and call it with await F $item.";

    [Theory]
    [InlineData("1..2 | ForEach-Object { await $_ }", Nested)]
    [InlineData("& { await $t }", Nested)]
    [InlineData("(1, 2).ForEach({ await $_ })", Nested)]
    [InlineData("Invoke-Command { await $t }", Nested)]
    [InlineData("icm -ScriptBlock { await $t } -NoNewScope", Nested)]
    [InlineData("& ({ await $t })", Nested)]
    [InlineData("1 | ForEach-Object { 0 }, { await $t }", Nested)]
    [InlineData("1 | Select-Object @{ Name = 'x'; Expression = { await $_ } }", Nested)]
    [InlineData("1 | Select-Object @('y', @{ Name = 'x'; Expression = { await $_ } })", Nested)]
    [InlineData("ForEach-Object $({ await $_ })", Nested)]
    [InlineData("switch (1) { { await $t } { 2 } }", Nested)]
    [InlineData("param([ValidateScript({ await $_ })] $x) 1", Nested)]
    [InlineData("class C { [object] $T; [int] M() { return await $this.T } }; [C]::new().M()", "stands in a class, whose code cannot be suspended. Write a function instead, and call it with await: await My-Function.")]
    [InlineData("class C { [object] $P = (await ([timespan]::Zero)) }; [C]::new()", "stands in a class, whose code cannot be suspended.")]
    [InlineData("function F { process { await $_ } }; await F", NamedFunction)]
    [InlineData("filter F { await $_ }; await F", NamedFunction)]
    [InlineData("function F($x = (await $t)) { $x }; await F", NamedFunction)]
    [InlineData("function F { $a -and (await $t) }; await F", NotAlways)]
    [InlineData("function F { await $t }; & F 1 2", "calls F, a function that awaits, so that it would hold its event loop. Write: await F 1 2.")]
    [InlineData("function F { await $t }; . 'F'", "Write: await F.")]
    [InlineData("function F { await $t }; F 1", "calls F, a function that awaits, so that it would hold its event loop. Write: await F 1.")]
    [InlineData("function F { await $t }; $x = F", "calls F, a function that awaits")]
    [InlineData("$a -and (await $t)", NotAlways)]
    [InlineData("$a -or (await $t)", NotAlways)]
    [InlineData("$a ?? (await $t)", NotAlways)]
    [InlineData("$a && (await $t)", NotAlways)]
    [InlineData("$a || (await $t)", NotAlways)]
    [InlineData("$a ? (await $t) : 1", NotAlways)]
    [InlineData("$a ? 1 : (await $t)", NotAlways)]
    [InlineData("${a}?.Foo((await $t))", NotAlways)]
    [InlineData("${a}?[(await $t)]", NotAlways)]
    [InlineData("${a}?.$(await $t)", NotAlways)]
    [InlineData("$b = $a ??= await $t", NotAlways)]
    [InlineData("[int] $a ??= await $t", NotAlways)]
    [InlineData("await $t &", "is sent to a background job by the & behind it. Leave the & out: await $task. A function is awaited by its name: await My-Function.")]
    [InlineData("await & $name", "A function is awaited by its name: await My-Function.")]
    [InlineData("$h[(await $t)] = 1", Here)]
    [InlineData("$h.Get().x = await $t", Here)]
    [InlineData("1 | await -Task $t | ForEach-Object { $_ }", Here)]
    [InlineData("switch (1) { (await $t) { 2 } }", Here)]
    [InlineData("(await $t).Count++", Here)]
    [InlineData("await [int]::Parse('1', 2)", "has an expression that PowerShell takes for the name of a command. Put it in parentheses: await ([int]::Parse('1', 2)).")]
    [InlineData("await; 1", "names nothing to wait for. Write: await $task.")]
    [InlineData("await F 1 4>&1", "redirects a command that is awaited by its name, and a redirection does not last while a block is suspended. Write: await (Submit-AsyncTask { await F 1 }) 4>&1.")]
    [InlineData("$x = await F 1 3>&1 2>$null | ForEach-Object { $_ }", "Write: await (Submit-AsyncTask { await F 1 }) 3>&1 2>$null.")]
    [InlineData("await F > out.txt", "Write: (await F) > out.txt.")]
    [InlineData("await Submit-AsyncTask { 1 } 2>&1", "Write: await (Submit-AsyncTask { 1 }) 2>&1.")]
    [InlineData("await @tasks", "splats what is awaited. Write: await $tasks; for a table of parameters await $tasks.Task.")]
    [InlineData("begin { await $t }", Named)]
    [InlineData("process { await $t }", Named)]
    [InlineData("begin { } end { await $t }", Named)]
    [InlineData("clean { await $t } end { }", Named)]
    [InlineData("param($x = (await $t)) $x", Named)]
    public void Await_WhereTheBlockCannotBeSuspended_IsRefused(string block, string message)
    {
        var run = Run($"Submit-AsyncTask {{ {block} }}");

        var error = run.AssertError("AwaitNotAllowedHere");
        Assert.Contains(message, error.Exception.Message, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("$code = { await $t }.GetNewClosure(); 'on'")]
    [InlineData("$code = { await $t }, { 2 }; $table = @{ a = { await $t } }; 'on'")]
    [InlineData("$code = @({ await $t }); $null = $($c = { await $t }; 1); 'on'")]
    [InlineData("& { param($x) $x } $($code = { await $t }; 'on')")]
    [InlineData("if ($false) { await Submit-AsyncTask ({ await $t }) }; 'on'")]
    [InlineData("if ($false) { Start-Job { function F { await $t }; F; 1 | ForEach-Object { await $t } } }; 'on'")]
    [InlineData("if ($false) { 1 | ForEach-Object -Parallel { & { await $t } } }; 'on'")]
    public void Await_InABlockThatIsAValueOrATaskOfItsOwn_IsNotRefused(string block) => Assert.Equal("on", One($"Invoke-AsyncTask {{ {block} }}"));

    [Fact]
    public void Refusal_NamesThePlace()
    {
        var run = Run("Submit-AsyncTask {\n  1\n  $x = $a -and (await $t)\n}");

        var error = run.AssertError("AwaitNotAllowedHere");
        Assert.StartsWith("await $t (line 3, column 17) stands where", error.Exception.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidOperationException>(error.Exception);
        Assert.Equal(ErrorCategory.ParserError, error.CategoryInfo.Category);
        Assert.Equal("Submit-AsyncTask", error.InvocationInfo.MyCommand.Name);
        Assert.Equal((3, 17), (error.InvocationInfo.ScriptLineNumber, error.InvocationInfo.OffsetInLine));
        Assert.Contains("+   $x = $a -and (await $t)\n+                 ~~~~~~~~", error.InvocationInfo.PositionMessage.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Invoke-AsyncTask")]
    [InlineData("1..2 | Invoke-AsyncMultiple")]
    [InlineData("Submit-AsyncTask -AsJob")]
    public void Refusal_CaughtInAScript_IsAtThePlaceOfTheAwait(string command)
    {
        var at = One($"try {{\n {command} {{\n  1 | ForEach-Object {{ await $t }}\n }}\n}} catch {{ $_.InvocationInfo.ScriptLineNumber, $_.InvocationInfo.OffsetInLine -join ':' }}");

        Assert.Equal("3:24", at);
    }
}
