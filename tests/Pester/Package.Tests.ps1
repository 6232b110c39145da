# What build.ps1 -Task Pack makes of the built module, as a user has it after an installation.

BeforeDiscovery {
    # Other PowerShells to try the package in, besides the one that runs the tests: paths, separated as in PATH.
    $shells = @([Environment]::ProcessPath) + ("$env:ASYNCEXECUTORS_PWSH" -split [IO.Path]::PathSeparator | Where-Object { $_ })
}

BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    $pwsh = [Environment]::ProcessPath
    $version = (Import-PowerShellDataFile "$root/AsyncExecutors.psd1").ModuleVersion
    $lines = & $pwsh -NoProfile -NonInteractive -File "$root/build.ps1" -Task Pack -NoBuild -Destination $TestDrive/out
    $exitCode = $LASTEXITCODE
    $staged = "$TestDrive/out/AsyncExecutors/$version"
    $package = "$TestDrive/out/AsyncExecutors.$version.nupkg"

    function Get-Files([string] $Folder) {
        Get-ChildItem $Folder -Recurse -File | ForEach-Object { [IO.Path]::GetRelativePath($Folder, $_.FullName) -replace '\\', '/' } | Sort-Object
    }

    # Runs a script in a new process that finds the modules of one more folder; gives its lines.
    function Invoke-WithModules([string] $Folder, [string] $Script) {
        $file = "$TestDrive/$([guid]::NewGuid()).ps1"
        Set-Content $file "`$PSStyle.OutputRendering = 'PlainText'`n`$env:PSModulePath = '$Folder$([IO.Path]::PathSeparator)' + `$env:PSModulePath`n$Script"
        & $pwsh -NoProfile -NonInteractive -File $file 2>&1 | ForEach-Object { "$_" } | Where-Object { $_ }
    }

    # A module folder with this version and another one, whose assembly and manifest say so.
    function New-TwoVersions([string] $Folder) {
        $null = New-Item "$Folder/AsyncExecutors" -ItemType Directory -Force
        Copy-Item $staged "$Folder/AsyncExecutors/$version" -Recurse
        Copy-Item $staged "$Folder/AsyncExecutors/99.0.0" -Recurse
        $manifest = "$Folder/AsyncExecutors/99.0.0/AsyncExecutors.psd1"
        (Get-Content $manifest -Raw).Replace("ModuleVersion = '$version'", "ModuleVersion = '99.0.0'") | Set-Content $manifest -NoNewline
        Set-AssemblyMajor "$Folder/AsyncExecutors/99.0.0/bin/AsyncExecutors.dll" 99
    }

    # Writes another major version into an assembly's table of itself, where it stands behind a number of four bytes, and
    # another module id: .NET takes assemblies of one id for one.
    function Set-AssemblyMajor([string] $File, [int] $Major) {
        $bytes = [IO.File]::ReadAllBytes($File)
        $image = [Reflection.PortableExecutable.PEReader]::new([IO.MemoryStream]::new($bytes))
        $metadata = [Reflection.Metadata.PEReaderExtensions]::GetMetadataReader($image)
        $table = [Reflection.Metadata.Ecma335.MetadataReaderExtensions]::GetTableMetadataOffset($metadata, [Reflection.Metadata.Ecma335.TableIndex]::Assembly)
        [BitConverter]::GetBytes([uint16] $Major).CopyTo($bytes, $image.PEHeaders.MetadataStartOffset + $table + 4)
        $ids = [Reflection.Metadata.Ecma335.MetadataReaderExtensions]::GetHeapMetadataOffset($metadata, [Reflection.Metadata.Ecma335.HeapIndex]::Guid)
        [guid]::NewGuid().ToByteArray().CopyTo($bytes, $image.PEHeaders.MetadataStartOffset + $ids)
        $image.Dispose()
        [IO.File]::WriteAllBytes($File, $bytes)
    }
}

Describe 'The staged module' {
    It 'is made, and said where' {
        $exitCode | Should -Be 0
        $lines | ForEach-Object { (Resolve-Path $_).Path } | Should -Be (Resolve-Path $staged).Path, (Resolve-Path $package).Path
    }

    It 'has what a user needs, and nothing else' {
        Get-Files $staged | Should -Be (@(
                'AsyncExecutors.Format.ps1xml', 'AsyncExecutors.psd1', 'CHANGELOG.md', 'README.md'
                'bin/AsyncExecutors.dll', 'bin/AsyncExecutors.Engine.dll'
                'en-US/about_AsyncExecutors.help.txt', 'en-US/about_AsyncExecutors_await.help.txt', 'en-US/AsyncExecutors.dll-Help.xml'
            ) | Sort-Object)
    }

    It 'has a manifest without a warning that names its exports one by one' {
        $module = Test-ModuleManifest "$staged/AsyncExecutors.psd1" -ErrorAction Stop -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
        $data = Import-PowerShellDataFile "$staged/AsyncExecutors.psd1"
        foreach ($key in 'CmdletsToExport', 'AliasesToExport', 'FunctionsToExport', 'VariablesToExport', 'FormatsToProcess') {
            $data.ContainsKey($key) | Should -BeTrue -Because $key
            "$($data[$key])" | Should -Not -Match '[*?]' -Because $key
        }

        $module.ExportedCmdlets.Count | Should -Be $data.CmdletsToExport.Count
        $module.PowerShellVersion | Should -Be '7.4'
        $module.CompatiblePSEditions | Should -Be 'Core'
    }

    It 'is found, loaded by its commands, and has its help' {
        $null = New-Item "$TestDrive/one" -ItemType Directory
        Copy-Item "$TestDrive/out/AsyncExecutors" "$TestDrive/one/AsyncExecutors" -Recurse
        Invoke-WithModules "$TestDrive/one" '
            Invoke-AsyncTask { "from a loop" }
            "$((Get-Module AsyncExecutors).Version)"
            (Get-Help Invoke-AsyncMultiple).Synopsis.Trim()
            (Get-Help about_AsyncExecutors_await).Synopsis
            await ([Threading.Tasks.Task]::FromResult(5))' |
            Should -Be @(
                'from a loop', $version
                'Runs a script block for each input, so many at once, and writes one TaskResult per input as each ends.'
                'How a script block waits without holding a thread.', '5'
            )
    }

    It 'works in <_>' -ForEach $shells {
        $lines = & $_ -NoProfile -NonInteractive -File "$root/tests/Compatibility/Smoke.ps1" "$staged/AsyncExecutors.psd1" 2>&1 | ForEach-Object { "$_" }
        $LASTEXITCODE | Should -Be 0 -Because ($lines -join "`n")
        $lines | Should -Match '^PowerShell 7\.\S+ on \.NET \S+: \d+ checks, 0 failed$'
    }
}

Describe 'The package' {
    BeforeAll {
        [IO.Compression.ZipFile]::ExtractToDirectory($package, "$TestDrive/package")
        $metadata = ([xml](Get-Content "$TestDrive/package/AsyncExecutors.nuspec" -Raw)).package.metadata
        $manifest = Test-ModuleManifest "$staged/AsyncExecutors.psd1"
    }

    It 'has the staged files at its root, and beside them only its own parts' {
        $own = '^(AsyncExecutors\.nuspec|\[Content_Types\]\.xml|_rels/|package/)'
        Get-Files "$TestDrive/package" | Where-Object { $_ -notmatch $own } | Should -Be (Get-Files $staged)
        '[Content_Types].xml', '_rels/.rels', 'AsyncExecutors.nuspec' | ForEach-Object { "$TestDrive/package/$([WildcardPattern]::Escape($_))" } | Should -Exist
    }

    It 'says what the manifest says' {
        $metadata.id | Should -BeExactly 'AsyncExecutors'
        $metadata.version | Should -Be $manifest.Version
        $metadata.authors | Should -Be $manifest.Author
        $metadata.description | Should -Be $manifest.Description
        $metadata.copyright | Should -Be $manifest.Copyright
        $metadata.releaseNotes | Should -Be $manifest.ReleaseNotes
        $metadata.releaseNotes | Should -Not -BeNullOrEmpty
        $metadata.requireLicenseAcceptance | Should -Be 'false'
        $metadata.SelectNodes('*').LocalName | Should -Not -Contain 'dependencies'
    }

    It 'has the tags that the Gallery and its clients search by' {
        $tags = $metadata.tags -split ' '
        $tags | Should -Contain 'PSModule'
        $tags | Should -Contain 'PSEdition_Core'
        $tags | Should -Contain 'PSIncludes_Cmdlet'
        foreach ($name in $manifest.ExportedCmdlets.Keys) {
            $tags | Should -Contain "PSCmdlet_$name"
            $tags | Should -Contain "PSCommand_$name"
        }

        $metadata.tags.Length | Should -BeLessThan 4000
    }
}

Describe 'Two versions' {
    BeforeAll { New-TwoVersions "$TestDrive/two" }

    It 'serve two processes, each its own' {
        $script = '
            Import-Module AsyncExecutors -RequiredVersion {0}
            $pool = New-EventLoopPool -Name same
            "$((Get-Module AsyncExecutors).Version) $((Get-Command Invoke-AsyncTask).ImplementingType.Assembly.GetName().Version.Major)"
            $null = [Console]::In.ReadLine()
            Invoke-AsyncTask -Pool $pool {{ "ran" }}'
        $processes = $version, '99.0.0' | ForEach-Object {
            $file = "$TestDrive/$_.ps1"
            Set-Content $file ("`$env:PSModulePath = '$TestDrive/two$([IO.Path]::PathSeparator)' + `$env:PSModulePath" + ($script -f $_))
            $start = [Diagnostics.ProcessStartInfo]::new($pwsh)
            '-NoProfile', '-File', $file | ForEach-Object { $start.ArgumentList.Add($_) }
            $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
            [Diagnostics.Process]::Start($start)
        }

        # Both have their pool before either goes on.
        $first = $processes | ForEach-Object { $_.StandardOutput.ReadLine() }
        $processes | ForEach-Object { $_.StandardInput.Close() }
        $then = $processes | ForEach-Object { $_.StandardOutput.ReadLine(); $_.WaitForExit() }
        $first | Should -Be "$version $(([version] $version).Major)", '99.0.0 99'
        $then | Should -Be 'ran', 'ran'
    }

    It 'do not mix in one session: the second is refused, and the first goes on' {
        $lines = Invoke-WithModules "$TestDrive/two" "
            Import-Module AsyncExecutors -RequiredVersion $version
            `$pool = New-EventLoopPool -Name kept
            Invoke-AsyncTask -Pool `$pool { `$global:count = 1 }
            try { Import-Module AsyncExecutors -RequiredVersion 99.0.0 -ErrorAction Stop; 'imported' } catch { `"refused: `$_`" }
            `"`$((Get-Module AsyncExecutors).Version)`"
            Invoke-AsyncTask -Pool `$pool { ++`$global:count; `$global:count }
            (1 | Invoke-AsyncMultiple { 'a result' } | Out-String) -match 'Index\s+Status'"
        # .NET 8 and 9, of PowerShell 7.4 and 7.5, say one of these: which assembly, or why.
        $lines[0] | Should -Match '^refused: .*(AsyncExecutors, Version=99\.|Assembly with same name is already loaded|manifest definition does not match)'
        $lines[1..3] | Should -Be $version, '2', 'True'
    }
}
