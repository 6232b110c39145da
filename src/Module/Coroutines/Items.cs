using System.Collections;
using System.Management.Automation.Language;

namespace AsyncExecutors.Coroutines;

/// <summary>What <c>foreach</c> and <c>switch</c> go through: the items of a collection, or one object.</summary>
/// <param name="enumerator">The items.</param>
/// <param name="variable">A variable that is free while the items are gone through.</param>
/// <param name="enumerate">
/// Goes through what is in the variable: when an enumerator fails, PowerShell makes its error of that, with its place.
/// </param>
/// <param name="since">What <see cref="Coroutine.Moves"/> was when the collection came.</param>
internal sealed class Items(IEnumerator enumerator, string variable, ScriptBlockAst enumerate, int since) : IDisposable
{
    internal IEnumerator Enumerator { get; } = enumerator;

    internal object? Current { get; private set; }

    public void Dispose() => (Enumerator as IDisposable)?.Dispose();

    /// <summary>Goes on to the next item.</summary>
    internal async ValueTask<bool> MoveNextAsync(Frame frame)
    {
        try
        {
            var any = Enumerator.MoveNext();
            Current = any ? frame.Coroutine.Here(frame, Enumerator.Current, since) : null;
            return any;
        }
        catch (Exception exception) when (frame.Coroutine.IsError(frame, exception))
        {
            frame.Coroutine.SetVariable(frame, variable, new Failing(exception));
            await frame.Coroutine.RunAsync(frame, enumerate);
            throw;
        }
    }

    /// <summary>Fails as another enumerator has.</summary>
    private sealed class Failing(Exception exception) : IEnumerator
    {
        public object? Current => null;

        public bool MoveNext() => throw exception;

        public void Reset()
        {
        }
    }
}
