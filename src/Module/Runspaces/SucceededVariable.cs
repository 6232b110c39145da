using System.Management.Automation;

namespace AsyncExecutors.Runspaces;

/// <summary>The variable <c>$?</c>, as PowerShell's own.</summary>
/// <remarks>
/// When PowerShell resets a runspace it leaves an ordinary variable of that name, which is true for ever. Blocks do not see
/// it, whose <c>$?</c> is compiled; dot-sourced code does, and with it all parts of a block that suspends.
/// </remarks>
internal sealed class SucceededVariable : PSVariable
{
    private const string Question = "?";

    private readonly object _engine;

    private SucceededVariable(object engine)
        : base(Question, value: true, ScopedItemOptions.ReadOnly | ScopedItemOptions.AllScope) => _engine = engine;

    /// <inheritdoc/>
    public override object Value
    {
        get => EngineScopes.Succeeded(_engine);
        set => base.Value = value;
    }

    /// <summary>Puts it in the place of an ordinary variable.</summary>
    internal static void Mend(PSCmdlet pump, object engine)
    {
        if (pump.SessionState.PSVariable.Get(Question) is { } variable && variable.GetType() != typeof(PSVariable))
        {
            return;
        }

        pump.InvokeProvider.Item.Remove([@"Variable:\?"], recurse: false, force: true, literalPath: true);
        pump.SessionState.PSVariable.Set(new SucceededVariable(engine));
    }
}
