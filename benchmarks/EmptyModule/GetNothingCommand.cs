using System.Management.Automation;

namespace AsyncExecutors.EmptyModule;

/// <summary>Does nothing: a binary module needs one cmdlet.</summary>
[Cmdlet(VerbsCommon.Get, "Nothing")]
public sealed class GetNothingCommand : PSCmdlet;
