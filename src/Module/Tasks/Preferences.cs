using System.Management.Automation;

namespace AsyncExecutors.Tasks;

/// <summary>The caller's preferences for the streams, as the tasks are to see them.</summary>
internal static class Preferences
{
    private static readonly (string Parameter, string Variable, ActionPreference Default)[] Known =
    [
        ("Verbose", "VerbosePreference", ActionPreference.SilentlyContinue),
        ("Debug", "DebugPreference", ActionPreference.SilentlyContinue),
        ("WarningAction", "WarningPreference", ActionPreference.Continue),
        ("InformationAction", "InformationPreference", ActionPreference.SilentlyContinue),
        ("ProgressAction", "ProgressPreference", ActionPreference.Continue),
    ];

    /// <summary>Those that differ from a new runspace's.</summary>
    /// <param name="caller">The cmdlet that makes the tasks.</param>
    /// <param name="writesRecords">Whether it also writes what they write.</param>
    /// <remarks>
    /// A preference that stops or asks becomes Continue inside the task: the record travels to the caller's pipeline, and
    /// there the caller's preference has its effect.
    /// </remarks>
    internal static List<(string Name, object? Value)> Of(PSCmdlet caller, bool writesRecords)
    {
        var preferences = new List<(string, object?)>();
        foreach (var (parameter, variable, standard) in Known)
        {
            if (Of(caller, parameter, variable) is not { } preference)
            {
                continue;
            }

            // A silent warning still goes to -WarningVariable, where the caller's pipeline fills it; only an ignored one is gone.
            var isSilent = preference == ActionPreference.SilentlyContinue && !(writesRecords && variable == "WarningPreference");
            if (!isSilent && preference != ActionPreference.Ignore)
            {
                preference = ActionPreference.Continue;
            }

            if (preference != standard)
            {
                preferences.Add((variable, preference));
            }
        }

        return preferences;
    }

    /// <summary>True when the caller shows progress.</summary>
    internal static bool ShowsProgress(PSCmdlet caller) =>
        Of(caller, "ProgressAction", "ProgressPreference") is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);

    /// <summary>A preference of the caller, by parameter or variable; null when it is none.</summary>
    private static ActionPreference? Of(PSCmdlet caller, string parameter, string variable)
    {
        var value = caller.MyInvocation.BoundParameters.TryGetValue(parameter, out var bound)
            ? bound is SwitchParameter on ? (on ? ActionPreference.Continue : ActionPreference.SilentlyContinue) : bound
            : caller.SessionState.PSVariable.GetValue(variable);
        return LanguagePrimitives.TryConvertTo<ActionPreference>(value, out var preference) ? preference : null;
    }
}
