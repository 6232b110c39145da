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

    /// <summary>Puts it in the place of an ordinary variable, or of none: after a reset it is missing at times.</summary>
    internal static void Mend(PSCmdlet pump, object engine)
    {
        var variable = pump.SessionState.PSVariable.Get(Question);
        if (variable is not null && variable.GetType() != typeof(PSVariable))
        {
            return;
        }

        if (variable is not null)
        {
            pump.InvokeProvider.Item.Remove([@"Variable:\?"], recurse: false, force: true, literalPath: true);
        }

        pump.SessionState.PSVariable.Set(new SucceededVariable(engine));
    }
}
