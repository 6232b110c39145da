using System.Management.Automation;

namespace AsyncExecutors.Host;

/// <summary>
/// <c>$LASTEXITCODE</c>, which also remembers the code with which the program's script itself said <c>exit</c>. The
/// engine tells its host of no script file's <c>exit</c> but here, and writes native programs' codes here too. The two
/// differ in when: a native program's code comes from a running script, an <c>exit</c>'s when its script has left the
/// call stack.
/// </summary>
internal sealed class ExitCodeVariable(Func<bool> isScriptRunning) : PSVariable("LASTEXITCODE")
{
    private object? _value;

    /// <summary>The code of the script's own <c>exit</c>; null when it ran to its end.</summary>
    public int? ScriptExitCode { get; private set; }

    /// <inheritdoc/>
    public override object? Value
    {
        get => _value;
        set
        {
            _value = value;
            if (value is int code && !isScriptRunning())
            {
                ScriptExitCode = code;
            }
        }
    }
}
