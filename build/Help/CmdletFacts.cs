using System.Management.Automation;

namespace AsyncExecutors.Help;

/// <summary>What PowerShell knows of a cmdlet.</summary>
/// <param name="Name">The cmdlet's name.</param>
/// <param name="Parameters">Its parameters without the common ones, in the order of the code.</param>
/// <param name="Sets">Its parameter sets, the default one first.</param>
/// <param name="OutputTypes">The full names of the types that it says it writes.</param>
internal sealed record CmdletFacts(
    string Name, IReadOnlyList<ParameterFacts> Parameters, IReadOnlyList<CommandParameterSetInfo> Sets, IReadOnlyList<string> OutputTypes)
{
    /// <summary>One line for each parameter set, as <c>Get-Command -Syntax</c> writes it.</summary>
    internal IEnumerable<string> Syntax => Sets.Select(set => Cmdlets.OneLine($"{Name} {set}"));
}
