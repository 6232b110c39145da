<#
.SYNOPSIS
Runs the examples of a page of the documentation, one after the other, as a user would paste them.

.DESCRIPTION
A line '@@@' goes to the standard output and to the standard error before each example.
#>
param([string] $Manifest, [string] $Page)

$PSStyle.OutputRendering = 'PlainText'
Import-Module $Manifest
$example = $null
foreach ($example in [regex]::Matches((Get-Content -Raw $Page), '(?ms)^```powershell\r?\n(.*?)^```')) {
    [Console]::Out.WriteLine('@@@')
    [Console]::Error.WriteLine('@@@')
    if ($example.Groups[1].Value -notmatch 'build\.ps1') {
        try { . ([scriptblock]::Create($example.Groups[1].Value)) | Out-Default } catch { $_ | Out-Default }
    }
}
