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
Pack:  stages out/AsyncExecutors/<version>/, as a folder of a module path has it, and makes the package beside it that
       the PowerShell Gallery takes.

.PARAMETER Configuration
What is built, tested and packed.

.PARAMETER Destination
Where Pack puts what it makes: out/ when it is not given.

.PARAMETER NoBuild
Packs what has been built.
#>
param(
    [ValidateSet('Build', 'Test', 'Bench', 'Pack')]
    [string] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release',

    [string] $Destination = "$PSScriptRoot/out",

    [switch] $NoBuild
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

# The manifest's data. What Test-ModuleManifest only warns of ends the script too.
function Get-CheckedManifest {
    $module = Test-ModuleManifest "$root/AsyncExecutors.psd1" -WarningVariable warnings -WarningAction SilentlyContinue
    if ($warnings) { throw "$warnings" }
    $module
}

# What ships, in the folder of its version.
function Stage($Module) {
    $target = "$Destination/AsyncExecutors/$($Module.Version)"
    if ([IO.Directory]::Exists($target)) { [IO.Directory]::Delete($target, $true) }
    $help = [IO.Directory]::GetFiles("$root/en-US") | ForEach-Object { "en-US/$([IO.Path]::GetFileName($_))" }
    if (@($help).Count -lt 3) { throw 'The help files are not all there. Build first.' }
    foreach ($file in @('AsyncExecutors.psd1', 'AsyncExecutors.Format.ps1xml', 'bin/AsyncExecutors.dll', 'bin/AsyncExecutors.Engine.dll', 'README.md', 'CHANGELOG.md') + $help) {
        $null = [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName("$target/$file"))
        [IO.File]::Copy("$root/$file", "$target/$file")
    }
    $target
}

# The package: the staged files at its root, and what the Gallery wants to know, with the tags that its clients search by.
function Pack($Module) {
    $names = @($Module.ExportedCmdlets.Keys)
    $tags = @('PSModule') + $Module.PrivateData.PSData.Tags + 'PSIncludes_Cmdlet' +
        ($names | ForEach-Object { "PSCmdlet_$_" }) + ($names | ForEach-Object { "PSCommand_$_" })
    $nuspec = [xml]'<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata /><files><file src="**" target="" /></files></package>'
    $values = [ordered]@{
        id = $Module.Name; version = "$($Module.Version)"; authors = $Module.Author; owners = $Module.CompanyName
        requireLicenseAcceptance = 'false'; description = $Module.Description; releaseNotes = $Module.ReleaseNotes; copyright = $Module.Copyright; tags = $tags -join ' '
    }
    foreach ($name in $values.Keys) {
        $element = $nuspec.CreateElement($name, $nuspec.DocumentElement.NamespaceURI)
        $element.InnerText = $values[$name]
        $null = $nuspec.package.FirstChild.AppendChild($element)
    }

    # Beside the staged folder: what is in that goes into the package.
    $file = "$Destination/AsyncExecutors/AsyncExecutors.nuspec"
    $nuspec.Save($file)
    Invoke-Native dotnet @(
        'pack', "$root/build/Package", '--output', $Destination, '--verbosity', 'quiet', '--nologo'
        "-p:NuspecFile=$file", "-p:NuspecBasePath=$Destination/AsyncExecutors/$($Module.Version)"
    )
    [IO.File]::Delete($file)
    "$Destination/AsyncExecutors.$($Module.Version).nupkg"
}

switch ($Task) {
    'Build' { Build }
    'Test' {
        Invoke-Native dotnet @('test', "$root/Module.sln", '--configuration', $Configuration, '--nologo')
        $pester = Get-Module -ListAvailable Pester | Where-Object { $_.Version.Major -ge 5 }
        if ($pester) {
            Import-Module Pester -MinimumVersion 5.0
            # The tests see this script's variables, and are about what a session does that sets none.
            $ErrorActionPreference = 'Continue'
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
        Invoke-Native dotnet @('run', '--project', "$root/benchmarks/Engine", '--configuration', 'Release', '--', '--artifacts', "$root/BenchmarkDotNet.Artifacts")
        # In a new process, of the PowerShell that runs this: pwsh has the peers, the host only what the engine has.
        if ($Host.Name -eq 'AsyncExecutors.Host') {
            Invoke-Native dotnet @('run', '--project', "$root/src/Host", '--configuration', $Configuration, '--no-build', '--', "$root/benchmarks/Scripts/Compare.ps1")
        }
        else { Invoke-Native ([Environment]::ProcessPath) @('-NoProfile', '-File', "$root/benchmarks/Scripts/Compare.ps1") }
    }
    'Pack' {
        if (-not $NoBuild) { Build }
        $module = Get-CheckedManifest
        Stage $module
        Pack $module
    }
}
