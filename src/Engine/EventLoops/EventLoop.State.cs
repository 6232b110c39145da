using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AsyncExecutors;

/// <content>What changes with every item, kept off the cache lines that producers read.</content>
public sealed partial class EventLoop
{
    private OnThread _onThread;

    /// <summary>The tasks given to the loop so far, and what producers last saw of <c>_gone</c>, in their cache line.</summary>
    private Counter _given;

    /// <summary>Those of them that no longer count, in the loop's own.</summary>
    private Counter _gone;

    /// <summary>
    /// The time at which the item on the thread began. One that follows another without a pause began when that one
    /// ended, which spares a look at the clock. Loop thread only.
    /// </summary>
    internal long ItemStart()
    {
        var stamp = _onThread.Stamp;
        _onThread.Stamp = 0;
        return stamp != 0 ? stamp : Now();
    }

    /// <summary>The time now, at the end of a task that began in this turn. Loop thread only.</summary>
    internal long ItemEnd() => _onThread.Stamp = Now();

    /// <summary>
    /// The time now. On its own, because a method that has a call into the system inside it begins with an instruction (to clear
    /// the upper halves of registers) that costs as much as an atomic one.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal long Now() => TimeProvider.GetTimestamp();

    [StructLayout(LayoutKind.Explicit, Size = 192)]
    private struct OnThread
    {
        /// <summary>The <see cref="TaskInfo"/> whose code is on the thread, null, or <c>Gone</c>.</summary>
        [FieldOffset(64)]
        internal object? Current;

        /// <summary>When that code must have left the thread, as a timestamp.</summary>
        [FieldOffset(72)]
        internal long Deadline;

        /// <summary>Grows with every item.</summary>
        [FieldOffset(80)]
        internal int Turn;

        /// <summary>True while an item runs.</summary>
        [FieldOffset(84)]
        internal bool Executing;

        /// <summary>True while what runs is code of a task that ended before: it may take until the deadline, and no longer.</summary>
        [FieldOffset(85)]
        internal bool IsAfterEnd;

        /// <summary>When the item before ended; 0 when that is too long ago.</summary>
        [FieldOffset(88)]
        internal long Stamp;
    }

    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Counter
    {
        [FieldOffset(64)]
        internal long Value;

        [FieldOffset(72)]
        internal long SeenOfOther;
    }
}
