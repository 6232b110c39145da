using System.Diagnostics;
using System.Text;

namespace AsyncExecutors.Tests.Examples;

/// <summary>One run of the host program as a child process, its three streams redirected.</summary>
internal sealed class HostRun : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private HostRun(string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.ArgumentList.Add(Repository.HostPath);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        _process.OutputDataReceived += (_, e) => Append(_output, e.Data);
        _process.ErrorDataReceived += (_, e) => Append(_errors, e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Opens when the program has written a line that says <c>started</c>.</summary>
    internal Signal Started { get; } = new();

    internal int ExitCode => _process.ExitCode;

    /// <summary>What came on standard output, lines ended by \n.</summary>
    internal string Output => Text(_output);

    /// <summary>What came on standard error, lines ended by \n.</summary>
    internal string Errors => Text(_errors);

    /// <summary>Runs the program to its end, with nothing to read.</summary>
    internal static Task<HostRun> ToEndAsync(params string[] arguments) => Start(arguments).EndAsync();

    /// <summary>Runs a script of this text to its end.</summary>
    internal static async Task<HostRun> ScriptAsync(string text, params string[] arguments)
    {
        using var script = new TemporaryScript(text);
        return await ToEndAsync([script.Path, .. arguments]);
    }

    /// <summary>Runs the prompt on these lines to its end.</summary>
    internal static Task<HostRun> PromptAsync(params string[] lines)
    {
        var run = Start();
        run.Type(lines);
        return run.EndAsync();
    }

    /// <summary>Asserts that nothing came on standard error; says all of it otherwise.</summary>
    internal void AssertNoErrors() => Assert.True(Errors.Length == 0, Errors);

    internal static HostRun Start(params string[] arguments) => new(arguments);

    internal void Type(params string[] lines)
    {
        foreach (var line in lines)
        {
            _process.StandardInput.WriteLine(line);
        }

        _process.StandardInput.Flush();
    }

    /// <summary>What a terminal sends for Ctrl+C.</summary>
    internal void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Closes the program's input and waits for its end and for all that it wrote.</summary>
    internal async Task<HostRun> EndAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            Assert.Fail($"The host did not end within {Limit}. Output:\n{Output}\nErrors:\n{Errors}");
        }

        return this;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static string Text(StringBuilder lines)
    {
        lock (lines)
        {
            return lines.ToString();
        }
    }

    private void Append(StringBuilder lines, string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (lines)
        {
            lines.Append(line).Append('\n');
        }

        if (line.Contains("started", StringComparison.Ordinal))
        {
            Started.Open();
        }
    }
}
