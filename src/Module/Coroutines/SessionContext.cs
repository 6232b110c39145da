using System.Globalization;
using System.Management.Automation;
using AsyncExecutors.Runspaces;

namespace AsyncExecutors.Coroutines;

/// <summary>What belongs to a block that suspends and is not in its scope: another block's is in force while it waits.</summary>
/// <param name="Location">The current location.</param>
/// <param name="Drive">Its drive; null for one on none.</param>
/// <param name="InDrive">Where it is on the drive.</param>
/// <param name="Culture">The thread's culture.</param>
/// <param name="UICulture">The thread's culture for resources.</param>
/// <param name="Automatic">The variables that PowerShell sets.</param>
internal sealed record SessionContext(
    string Location, PSDriveInfo? Drive, string? InDrive, CultureInfo Culture, CultureInfo UICulture, AutomaticValues Automatic)
{
    internal static SessionContext Save(SessionState session, AutomaticVariables automatic)
    {
        var location = session.Path.CurrentLocation;
        return new(
            location.Path, location.Drive, location.Drive?.CurrentLocation, CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture, automatic.Save());
    }

    internal void Restore(SessionState session, AutomaticVariables automatic)
    {
        CultureInfo.CurrentCulture = Culture;
        CultureInfo.CurrentUICulture = UICulture;
        if (session.Path.CurrentLocation.Path != Location)
        {
            SetLocation(session);
        }

        automatic.Restore(Automatic);
    }

    private void SetLocation(SessionState session)
    {
        try
        {
            session.Path.SetLocation(WildcardPattern.Escape(Location));
        }
        catch (ItemNotFoundException) when (Drive is not null && Location.EndsWith(InDrive!, StringComparison.Ordinal))
        {
            // Deleted while the block waited. A block that does not suspend goes on in such a location, and so does this one:
            // anywhere else its relative paths would mean other files.
            session.Path.SetLocation(WildcardPattern.Escape(Location[..^InDrive!.Length]));
            Drive.CurrentLocation = InDrive;
        }
    }
}
