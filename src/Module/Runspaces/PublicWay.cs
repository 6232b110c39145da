namespace AsyncExecutors.Runspaces;

/// <summary>
/// The <see cref="AppContext"/> switch that has blocks invoked, input taken and output written in PowerShell's public ways only, as
/// where its inner ones are not found.
/// </summary>
internal static class PublicWay
{
    internal const string Only = "AsyncExecutors.UsePublicInvocationOnly";

    internal static bool IsForced => AppContext.TryGetSwitch(Only, out var forced) && forced;
}
