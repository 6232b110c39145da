using System.Management.Automation;
using System.Management.Automation.Language;

namespace AsyncExecutors.Suspension;

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

        return Find(exception, handlers);
    }

    /// <summary>The number of the handler, or -1; and the record.</summary>
    private static (int Handler, ErrorRecord? Error) Find(Exception exception, IReadOnlyList<Type[]> handlers)
    {
        var outer = AsRuntimeException(exception);
        var best = (Handler: -1, Rank: int.MaxValue, Error: (ErrorRecord?)null);
        var flat = handlers.SelectMany(static (types, index) => types.Select(type => (Type: type, Handler: index))).ToArray();
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

            var found = Array.FindIndex(flat, entry => entry.Type == candidate.GetType());
            found = found >= 0 ? found : Array.FindIndex(flat, entry => candidate.GetType().IsSubclassOf(entry.Type));
            found = found >= 0 ? found : Array.FindIndex(flat, static entry => entry.Type == typeof(CatchAll));
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
