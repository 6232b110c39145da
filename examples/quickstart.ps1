<#
.SYNOPSIS
The SHA-256 of every file below a folder, several files at once, each shown as soon as it is known.

.DESCRIPTION
Checks itself: hashes every file once more, one after the other, and ends with an error if the two differ.

    dotnet run --project src/Host -- examples/quickstart.ps1
    dotnet run --project src/Host -- examples/quickstart.ps1 -Path /usr/share/doc -MaxWorkers 8
    ./examples/quickstart.ps1    # in PowerShell

.PARAMETER Path
The folder. By default the one that .NET itself runs from: some hundred real files.

.PARAMETER MaxWorkers
How many files are hashed at once, each on an event loop of its own.
#>
param(
    [string] $Path = [IO.Path]::GetDirectoryName([object].Assembly.Location),

    [ValidateRange(1, 64)]
    [int] $MaxWorkers = [Environment]::ProcessorCount
)

if (-not (Get-Module AsyncExecutors)) { Import-Module "$PSScriptRoot/../AsyncExecutors.psd1" }

$sha256 = {
    $stream = [IO.File]::OpenRead($_)
    try { [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($stream)) }
    finally { $stream.Dispose() }
}

$folder = [IO.Path]::GetFullPath($Path, $PWD.ProviderPath)
if (-not [IO.Directory]::Exists($folder)) { throw "There is no folder '$folder'." }
$files = [IO.Directory]::GetFiles($folder, '*', 'AllDirectories')

# Several at once. Each TaskResult comes down the pipeline when its file is done, whatever its place in the input.
$results = [Collections.Generic.List[object]]::new()
$pool = New-EventLoopPool $MaxWorkers
$clock = [Diagnostics.Stopwatch]::StartNew()
$files | Invoke-AsyncMultiple -Pool $pool -MaxWorkers $MaxWorkers $sha256 | ForEach-Object {
    $results.Add($_)
    if ($_.Success) {
        '{0}  {1,6:n1} ms  {2}' -f $_.Output, $_.Duration.TotalMilliseconds, [IO.Path]::GetRelativePath($folder, $_.InputObject)
    }
}
$clock.Stop()
Stop-EventLoopPool $pool

# And one after the other, to compare.
$done = @($results | Where-Object Success)
$different = @($done | Where-Object { $_.Output -ne ($_.InputObject | ForEach-Object $sha256) })
if ($different) { throw "$($different.Count) hashes differ from the sequential run's." }

''
"Files:   $($files.Count) in $folder"
"Hashed:  $($done.Count) in {0:n2} s on $MaxWorkers event loops, all equal to the sequential run's" -f $clock.Elapsed.TotalSeconds
"Failed:  $($files.Count - $done.Count)"
