using System.Globalization;
using System.Management.Automation;
using AsyncExecutors.Runspaces;

namespace AsyncExecutors.Suspension;

/// <summary>What belongs to a block that suspends and is not in its scope: another block's is in force while it waits.</summary>
/// <param name="Location">The current location.</param>
/// <param name="Culture">The thread's culture.</param>
/// <param name="UICulture">The thread's culture for resources.</param>
/// <param name="Succeeded">The value of <c>$?</c>.</param>
/// <param name="LastExitCode">The value of <c>$LASTEXITCODE</c>.</param>
internal sealed record SessionContext(string Location, CultureInfo Culture, CultureInfo UICulture, bool Succeeded, object? LastExitCode)
{
    private const string LastExitCodeVariable = "global:LASTEXITCODE";

    internal static SessionContext Save(SessionState session, object engine) => new(
        session.Path.CurrentLocation.Path,
        CultureInfo.CurrentCulture,
        CultureInfo.CurrentUICulture,
        EngineScopes.Succeeded(engine),
        session.PSVariable.GetValue(LastExitCodeVariable));

    internal void Restore(SessionState session, object engine)
    {
        CultureInfo.CurrentCulture = Culture;
        CultureInfo.CurrentUICulture = UICulture;
        if (session.Path.CurrentLocation.Path != Location)
        {
            session.Path.SetLocation(WildcardPattern.Escape(Location));
        }

        if (!Equals(session.PSVariable.GetValue(LastExitCodeVariable), LastExitCode))
        {
            session.PSVariable.Set(LastExitCodeVariable, LastExitCode);
        }

        EngineScopes.SetSucceeded(engine, Succeeded);
    }
}
