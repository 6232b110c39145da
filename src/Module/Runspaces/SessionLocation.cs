using System.Management.Automation;

namespace AsyncExecutors.Runspaces;

/// <summary>Where a session is, for other code that is to be there too: another runspace's, or the same later.</summary>
/// <param name="Path">The whole path.</param>
/// <param name="InDrive">The part of it that is on a drive; null for a path without one.</param>
/// <param name="Root">What the drive leads to.</param>
internal sealed record SessionLocation(string Path, string? InDrive, string? Root)
{
    internal static SessionLocation Of(PathIntrinsics session)
    {
        var location = session.CurrentLocation;
        return new(location.Path, location.Drive?.CurrentLocation, location.Drive?.Root);
    }

    /// <summary>Makes this the current location. One that has been deleted since is, too: PowerShell's own code goes on in it.</summary>
    /// <exception cref="System.Management.Automation.DriveNotFoundException">The session has no such drive.</exception>
    /// <exception cref="ItemNotFoundException">There is no such place on a path without a drive, or the drive is another.</exception>
    internal void Enter(PathIntrinsics session, PSVariableIntrinsics variables)
    {
        if (string.Equals(session.CurrentLocation.Path, Path, StringComparison.Ordinal))
        {
            return;
        }

        try
        {
            session.SetLocation(WildcardPattern.Escape(Path));
        }
        catch (ItemNotFoundException) when (InDrive is not null && Path.EndsWith(InDrive, StringComparison.Ordinal))
        {
            // Anywhere else relative paths would mean other files.
            session.SetLocation(WildcardPattern.Escape(Path[..^InDrive.Length]));
            if (session.CurrentLocation.Drive is not { } drive || drive.Root != Root)
            {
                throw;
            }

            drive.CurrentLocation = InDrive;
            variables.Set("global:PWD", session.CurrentLocation);
        }
    }
}
