using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Text.RegularExpressions;

namespace AsyncExecutors.Help;

/// <summary>The cmdlets as PowerShell knows them.</summary>
internal static partial class Cmdlets
{
    /// <summary>Imports the module and takes what it exports.</summary>
    internal static IReadOnlyList<CmdletFacts> Of(string manifest)
    {
        using var runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();

        // The parameters of a command are only told to a thread that has the command's runspace.
        Runspace.DefaultRunspace = runspace;
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand("Import-Module").AddParameter("Name", manifest).AddParameter("PassThru").AddParameter("ErrorAction", ActionPreference.Stop);
        var module = (PSModuleInfo)shell.Invoke()[0].BaseObject;
        return [.. module.ExportedCmdlets.Values.OrderBy(static cmdlet => cmdlet.Name, StringComparer.Ordinal).Select(Facts)];
    }

    private static CmdletFacts Facts(CmdletInfo cmdlet)
    {
        var instance = Activator.CreateInstance(cmdlet.ImplementingType)!;
        var parameters = cmdlet.Parameters.Values
            .Where(static parameter => !Cmdlet.CommonParameters.Contains(parameter.Name))
            .Select(parameter => new ParameterFacts(parameter, cmdlet.ImplementingType.GetProperty(parameter.Name)?.GetValue(instance)))
            .Where(static parameter => !parameter.IsHidden);
        return new CmdletFacts(
            cmdlet.Name,
            [.. parameters],
            [.. cmdlet.ParameterSets.OrderByDescending(static set => set.IsDefault)],
            [.. cmdlet.OutputType.Select(static type => type.Name)]);
    }

    /// <summary>Text with each run of white space made one space.</summary>
    internal static string OneLine(string text) => WhiteSpace().Replace(text, " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
