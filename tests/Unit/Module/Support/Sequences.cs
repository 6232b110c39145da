using System.Runtime.CompilerServices;

namespace AsyncExecutors.Tests.Module;

/// <summary>Asynchronous sequences for scripts, which tell a probe how far they were read.</summary>
public static class Sequences
{
    /// <summary>The numbers from 1; hits "made" for each and "disposed" at the end, whichever it is.</summary>
    public static async IAsyncEnumerable<int> Count(Probe probe, int count, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(probe);
        try
        {
            for (var i = 1; i <= count; i++)
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                probe.Hit("made");
                yield return i;
            }
        }
        finally
        {
            probe.Hit("disposed");
        }
    }

    /// <summary>One item, and the second when the gate opens.</summary>
    public static async IAsyncEnumerable<string> Gated(Probe probe, string gate)
    {
        ArgumentNullException.ThrowIfNull(probe);
        yield return "first";
        await Task.Run(() => probe.Wait(gate));
        yield return "second";
    }

    /// <summary>One item, and then nothing until it is cancelled.</summary>
    public static async IAsyncEnumerable<int> Endless(Probe probe, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(probe);
        try
        {
            yield return 1;
            probe.Hit("waiting");
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            probe.Hit("disposed");
        }
    }

    /// <summary>One item; at the end it hits "ending" and goes on only when the gate opens.</summary>
    public static async IAsyncEnumerable<int> SlowToEnd(Probe probe, string gate)
    {
        ArgumentNullException.ThrowIfNull(probe);
        try
        {
            yield return 1;
        }
        finally
        {
            probe.Hit("ending");
            await Task.Factory.StartNew(() => probe.Wait(gate), TaskCreationOptions.LongRunning);
            probe.Hit("disposed");
        }
    }

    /// <summary>Ones; throws when it is cancelled.</summary>
    public static async IAsyncEnumerable<int> ThrowingWhenCancelled([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var registration = cancellationToken.Register(static () => throw new InvalidDataException("cancelled"));
        while (true)
        {
            await Task.Yield();
            yield return 1;
        }
    }

    public static async IAsyncEnumerable<int> Failing(int after)
    {
        for (var i = 1; i <= after; i++)
        {
            await Task.Yield();
            yield return i;
        }

        throw new InvalidDataException("half-way");
    }

    /// <summary>A sequence that has null and an array among its items.</summary>
    public static async IAsyncEnumerable<object?> Mixed()
    {
        await Task.Yield();
        yield return null;
        yield return new[] { 1, 2 };
        yield return "text";
    }
}
