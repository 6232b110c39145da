namespace AsyncExecutors.Host;

/// <summary>
/// Ctrl+C: the first one stops what the session runs, the next one, when that has not ended yet, ends the program.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly Session _session;

    /// <summary>Begins to listen for Ctrl+C.</summary>
    /// <param name="session">The session whose running command is stopped.</param>
    public Interrupts(Session session)
    {
        _session = session;
        Console.CancelKeyPress += OnCancelKeyPress;
    }

    /// <summary>Leaves Ctrl+C to the system again.</summary>
    public void Dispose() => Console.CancelKeyPress -= OnCancelKeyPress;

    private void OnCancelKeyPress(object? sender, ConsoleCancelEventArgs e) => e.Cancel = _session.Interrupt();
}
