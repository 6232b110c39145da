using System.Collections;
using System.Management.Automation;

namespace AsyncExecutors.Coroutines;

/// <summary>What the common parameters of a call mean inside it.</summary>
internal static class CommonParameters
{
    /// <summary>
    /// The preference variables that stand for a call's common parameters. PowerShell sets them itself, but only for as long
    /// as the code runs that binds the parameters.
    /// </summary>
    /// <param name="bound">The <c>$PSBoundParameters</c> of the call.</param>
    /// <param name="own">The names of parameters that the code itself declares.</param>
    internal static IEnumerable<(string Name, object? Value)> Preferences(object? bound, IReadOnlySet<string> own)
    {
        foreach (DictionaryEntry parameter in (bound is PSObject wrapped ? wrapped.BaseObject : bound) as IDictionary ?? new Hashtable())
        {
            var isOn = LanguagePrimitives.IsTrue(parameter.Value);
            (string, object?)? preference = (string)parameter.Key switch
            {
                var name when own.Contains(name) => null,
                "ErrorAction" => ("ErrorActionPreference", parameter.Value),
                "WarningAction" => ("WarningPreference", parameter.Value),
                "InformationAction" => ("InformationPreference", parameter.Value),
                "ProgressAction" => ("ProgressPreference", parameter.Value),
                "Verbose" => ("VerbosePreference", Shown(isOn)),
                "Debug" => ("DebugPreference", Shown(isOn)),
                "WhatIf" => ("WhatIfPreference", parameter.Value),
                "Confirm" => ("ConfirmPreference", isOn ? ConfirmImpact.Low : ConfirmImpact.None),
                _ => null,
            };
            if (preference is { } found)
            {
                yield return found;
            }
        }
    }

    private static ActionPreference Shown(bool isOn) => isOn ? ActionPreference.Continue : ActionPreference.SilentlyContinue;
}
