<#
.SYNOPSIS
Runs the lines of a section of docs/migrating.md, one after the other, and writes what each wrote.

.DESCRIPTION
Writes one line of JSON for each line that was run: its row, its column, its output as sorted text, and its error.
#>
param([string] $Manifest, [string] $Page, [string] $Section, [string] $Modules)

. "$PSScriptRoot/MigrationTable.ps1"
Import-Module $Manifest
$imported = $Modules -split ',' | Where-Object { $_ -and (Get-Module -ListAvailable $_) }
$imported | ForEach-Object { Import-Module $_ -WarningAction SilentlyContinue }
$canRunPeer = @($Modules -split ',' | Where-Object { $_ }).Count -eq @($imported).Count
. ([scriptblock]::Create((Get-MigrationSetup $Page)))

foreach ($line in Get-MigrationLines $Page $Section) {
    if ($line.Column -eq 'there' -and -not $canRunPeer) { continue }

    $failure = $null
    $output = try {
        # An error is part of what a line writes.
        & ([scriptblock]::Create($line.Text)) 2>&1 | ForEach-Object { "$_" }
    }
    catch { $failure = "$_" }
    [Console]::Out.WriteLine(([ordered]@{
                Row = $line.Row; Column = $line.Column; Output = @($output | Sort-Object); Failure = $failure
            } | ConvertTo-Json -Compress))
}
