using System.Management.Automation;
using System.Management.Automation.Language;

namespace AsyncExecutors.Coroutines;

/// <summary>Finds which catch clause or trap an error is for, and the record it sees as <c>$_</c>.</summary>
/// <remarks>
/// As PowerShell does it (about_Try_Catch_Finally): the inner exception first, then the outer; the most specific type
/// wins; for an error that <c>-ErrorAction Stop</c> or a cmdlet made terminating, also what is inside it.
/// </remarks>
internal static class Handlers
{
    /// <summary>The exceptions of a clause that names none.</summary>
    private static readonly Type[] Any = [typeof(CatchAll)];

    /// <summary>Finds the handler of an error.</summary>
    /// <param name="frame">The place in the block.</param>
    /// <param name="exception">The error.</param>
    /// <param name="types">For each handler what writes its types; null for one that is for all errors.</param>
    /// <returns>The number of the handler, or -1; and the record it sees.</returns>
    internal static async ValueTask<(int Handler, ErrorRecord? Error)> FindAsync(Frame frame, Exception exception, IReadOnlyList<ScriptBlockAst?> types)
    {
        if (types is [null])
        {
            var error = AsRuntimeException(exception);
            return (0, new ErrorRecord(error.ErrorRecord, error));
        }

        return Find(exception, await TypesAsync(frame, types));
    }

    /// <summary>Finds the trap for an error: that for the inner exception, unless only the outer has one of its own.</summary>
    /// <param name="frame">The place in the block.</param>
    /// <param name="exception">The error.</param>
    /// <param name="types">For each trap what writes its type; null for one that is for all errors.</param>
    /// <returns>The number of the trap, or -1; and the record it sees.</returns>
    internal static async ValueTask<(int Handler, ErrorRecord? Error)> FindTrapAsync(Frame frame, Exception exception, IReadOnlyList<ScriptBlockAst?> types)
    {
        var handlers = await TypesAsync(frame, types);
        var flat = Flat(handlers);
        var outer = AsRuntimeException(exception);
        var found = outer.InnerException is { } inner ? Match(inner, flat) : -1;
        Exception passed = outer.InnerException ?? outer;
        if (found < 0 || flat[found].Type == typeof(CatchAll))
        {
            var other = Match(outer, flat);
            passed = other == found ? passed : outer;
            found = other;
        }

        return found < 0 ? (-1, null) : (flat[found].Handler, new ErrorRecord(outer.ErrorRecord, passed));
    }

    private static async ValueTask<List<Type[]>> TypesAsync(Frame frame, IReadOnlyList<ScriptBlockAst?> types)
    {
        var handlers = new List<Type[]>();
        foreach (var code in types)
        {
            var written = new List<object?>();
            if (code is not null)
            {
                await frame.Coroutine.RunAsync(frame with { Output = written }, code);
            }

            handlers.Add(code is null ? Any : [.. written.Select(static type => type is PSObject wrapped ? wrapped.BaseObject : type).OfType<Type>()]);
        }

        return handlers;
    }

    private static (Type Type, int Handler)[] Flat(IReadOnlyList<Type[]> handlers) =>
        [.. handlers.SelectMany(static (types, index) => types.Select(type => (Type: type, Handler: index)))];

    /// <summary>The first of the types that is an exception's own, or one it derives from, or that of all; -1 for none.</summary>
    private static int Match(Exception exception, (Type Type, int Handler)[] flat)
    {
        var found = Array.FindIndex(flat, entry => entry.Type == exception.GetType());
        found = found >= 0 ? found : Array.FindIndex(flat, entry => exception.GetType().IsSubclassOf(entry.Type));
        return found >= 0 ? found : Array.FindIndex(flat, static entry => entry.Type == typeof(CatchAll));
    }

    /// <summary>The number of the handler, or -1; and the record.</summary>
    private static (int Handler, ErrorRecord? Error) Find(Exception exception, IReadOnlyList<Type[]> handlers)
    {
        var outer = AsRuntimeException(exception);
        var best = (Handler: -1, Rank: int.MaxValue, Error: (ErrorRecord?)null);
        var flat = Flat(handlers);
        for (var current = outer; current is not null;)
        {
            var record = current.ErrorRecord;
            Try(current.InnerException, record);
            Try(current, record);
            var next = default(RuntimeException);
            if (current is ActionPreferenceStopException stop)
            {
                next = stop.ErrorRecord.Exception as RuntimeException;
                if (next is null)
                {
                    Try(stop.ErrorRecord.Exception, record);
                }
            }
            else if (current is CmdletInvocationException)
            {
                Try(current.InnerException?.InnerException, record);
            }

            current = best.Rank > 0 ? next : null;
        }

        return (best.Handler, best.Error);

        void Try(Exception? candidate, ErrorRecord record)
        {
            if (candidate is null || best.Rank == 0)
            {
                return;
            }

            var found = Match(candidate, flat);
            if (found < 0)
            {
                return;
            }

            var type = flat[found].Type;
            var rank = type == typeof(CatchAll) ? flat.Length - 1 : flat.Count(entry => entry.Type.IsSubclassOf(type));
            if (rank < best.Rank || (rank == best.Rank && type == typeof(CatchAll)))
            {
                best = (flat[found].Handler, rank, new ErrorRecord(record, candidate));
            }
        }
    }

    /// <summary>Errors of PowerShell code are of this kind; others come from what was awaited.</summary>
    internal static RuntimeException AsRuntimeException(Exception exception) =>
        exception as RuntimeException ?? new RuntimeException(exception.Message, exception);

    /// <summary>Stands for every exception.</summary>
    private sealed class CatchAll;
}
