# The module that is measured: this repository's, unless it is imported already.
$root = [IO.Path]::GetFullPath([IO.Path]::Combine($PSScriptRoot, '..', '..', '..'))
if (-not (Get-Module AsyncExecutors)) { Import-Module ([IO.Path]::Combine($root, 'AsyncExecutors.psd1')) }
