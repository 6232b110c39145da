<#
.SYNOPSIS
Builds, tests, measures or packs the module.

.DESCRIPTION
Each task is a call of dotnet or Pester whose exit code counts. Uses nothing beyond the PowerShell engine, so that it
runs in pwsh and in src/Host alike.

.PARAMETER Task
Build: builds all, so that Import-Module ./AsyncExecutors.psd1 works here.
Test:  runs the unit tests, and the Pester suite where Pester 5 is installed.
Bench: runs the benchmarks.
Pack:  stages out/AsyncExecutors/<version>/, as a folder of a module path has it.
#>
param(
    [ValidateSet('Build', 'Test', 'Bench', 'Pack')]
    [string] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release'
)

$ErrorActionPreference = 'Stop'
$root = $PSScriptRoot

function Invoke-Native {
    & $args[0] @($args[1])
    if ($LASTEXITCODE) { exit $LASTEXITCODE }
}

function Build {
    Invoke-Native dotnet @('build', "$root/Module.sln", '--configuration', $Configuration, '--verbosity', 'quiet', '--nologo')
}

switch ($Task) {
    'Build' { Build }
    'Test' {
        Invoke-Native dotnet @('test', "$root/Module.sln", '--configuration', $Configuration, '--nologo')
        $pester = Get-Module -ListAvailable Pester | Where-Object { $_.Version.Major -ge 5 }
        if ($pester) {
            Import-Module Pester -MinimumVersion 5.0
            $result = Invoke-Pester -Path "$root/tests/Pester" -PassThru
            # Not FailedCount alone: a file that cannot be read has no tests that fail.
            if ($result.Result -ne 'Passed') { exit 1 }
        }
        else {
            [Console]::Error.WriteLine('The Pester suite did not run: Pester 5 is not installed here.')
        }
    }
    'Bench' {
        Build
        Invoke-Native dotnet @('run', '--project', "$root/benchmarks/Engine", '--configuration', 'Release')
        Invoke-Native dotnet @('run', '--project', "$root/src/Host", '--configuration', $Configuration, '--', "$root/benchmarks/Scripts/Compare.ps1")
    }
    'Pack' {
        Build
        $version = (Test-ModuleManifest "$root/AsyncExecutors.psd1").Version
        $target = "$root/out/AsyncExecutors/$version"
        if ([IO.Directory]::Exists($target)) { [IO.Directory]::Delete($target, $true) }
        $null = [IO.Directory]::CreateDirectory("$target/bin")
        foreach ($file in 'AsyncExecutors.psd1', 'AsyncExecutors.Format.ps1xml', 'bin/AsyncExecutors.dll', 'bin/AsyncExecutors.Engine.dll', 'README.md', 'CHANGELOG.md') {
            [IO.File]::Copy("$root/$file", "$target/$file")
        }
        $target
    }
}
