using System.Globalization;
using System.Management.Automation.Host;

namespace AsyncExecutors.Host;

/// <summary>What scripts see as <c>$Host</c>.</summary>
internal sealed class ConsoleHost : PSHost
{
    private readonly ConsoleUserInterface _userInterface;

    /// <summary>Makes a host on a terminal.</summary>
    /// <param name="terminal">Where it reads and writes.</param>
    public ConsoleHost(Terminal terminal) => _userInterface = new ConsoleUserInterface(terminal);

    /// <summary>The code of an <c>exit</c> that asked the program to end; null as long as none did.</summary>
    public int? ExitCode { get; private set; }

    /// <inheritdoc/>
    public override string Name => "AsyncExecutors.Host";

    /// <inheritdoc/>
    public override Version Version { get; } = typeof(ConsoleHost).Assembly.GetName().Version ?? new Version(0, 0);

    /// <inheritdoc/>
    public override Guid InstanceId { get; } = Guid.NewGuid();

    /// <inheritdoc/>
    public override CultureInfo CurrentCulture { get; } = CultureInfo.CurrentCulture;

    /// <inheritdoc/>
    public override CultureInfo CurrentUICulture { get; } = CultureInfo.CurrentUICulture;

    /// <inheritdoc/>
    public override PSHostUserInterface UI => _userInterface;

    /// <summary>Takes the progress bar away, for an activity that never said that it ended.</summary>
    public void ClearProgress() => _userInterface.ClearProgress();

    /// <summary>Sends what is written meanwhile to standard error: a caught error is no longer in the error stream.</summary>
    /// <param name="show">Shows the error.</param>
    public void OnStandardError(Action show) => _userInterface.OnStandardError(show);

    /// <inheritdoc/>
    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    /// <inheritdoc/>
    public override void EnterNestedPrompt() =>
        throw new NotSupportedException("This host has no nested prompt, so neither Suspend nor the debugger works in it.");

    /// <inheritdoc/>
    public override void ExitNestedPrompt() => throw new NotSupportedException("This host has no nested prompt.");

    /// <inheritdoc/>
    public override void NotifyBeginApplication()
    {
        // A native program has the terminal for itself: there is nothing to put away.
    }

    /// <inheritdoc/>
    public override void NotifyEndApplication()
    {
        // Nor anything to bring back.
    }
}
