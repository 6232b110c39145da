using System.Globalization;
using System.Management.Automation;
using AsyncExecutors.Runspaces;

namespace AsyncExecutors.Coroutines;

/// <summary>What belongs to a block that suspends and is not in its scope: another block's is in force while it waits.</summary>
/// <param name="Location">The current location.</param>
/// <param name="Culture">The thread's culture.</param>
/// <param name="UICulture">The thread's culture for resources.</param>
/// <param name="Automatic">The variables that PowerShell sets.</param>
internal sealed record SessionContext(SessionLocation Location, CultureInfo Culture, CultureInfo UICulture, AutomaticValues Automatic)
{
    internal static SessionContext Save(SessionState session, AutomaticVariables automatic) =>
        new(SessionLocation.Of(session.Path), CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture, automatic.Save());

    internal void Restore(SessionState session, AutomaticVariables automatic)
    {
        CultureInfo.CurrentCulture = Culture;
        CultureInfo.CurrentUICulture = UICulture;
        Location.Enter(session.Path, session.PSVariable);
        automatic.Restore(Automatic);
    }
}
