# Every line of docs/migrating.md runs, and writes what the peer's line writes where that peer is installed.

BeforeDiscovery {
    . "$PSScriptRoot/Support/MigrationTable.ps1"
    $page = (Resolve-Path "$PSScriptRoot/../../docs/migrating.md").Path

    # What a peer's commands are, and the modules that must be there to run its lines.
    $sections = @(
        @{ Section = 'ForEach-Object -Parallel'; Commands = @('ForEach-Object'); Set = 'ParallelParameterSet'; Modules = '' }
        @{ Section = 'Start-ThreadJob'; Commands = @('Start-ThreadJob'); Modules = 'Microsoft.PowerShell.ThreadJob' }
        @{ Section = 'PSParallelPipeline'; Commands = @('Invoke-Parallel'); Modules = 'PSParallelPipeline' }
        @{ Section = 'SplitPipeline'; Commands = @('Split-Pipeline'); Modules = 'SplitPipeline' }
        @{ Section = 'PoshRSJob'; Commands = @('Start-RSJob'); Modules = 'PoshRSJob' }
    ) | ForEach-Object { $_.Page = $page; $_.Rows = @(Get-MigrationRows $page $_.Section | ForEach-Object { @{ Row = $_ } }); $_ }
}

BeforeAll {
    $manifest = (Resolve-Path "$PSScriptRoot/../../AsyncExecutors.psd1").Path

    # Runs the lines of a section in a new process; one that does not end within two minutes fails.
    function Get-Runs([string] $Page, [string] $Section, [string] $Modules) {
        $start = [Diagnostics.ProcessStartInfo]::new([Environment]::ProcessPath)
        '-NoProfile', '-NonInteractive', '-File', "$PSScriptRoot/Support/RunLines.ps1", $manifest, $Page, $Section, $Modules |
            ForEach-Object { $start.ArgumentList.Add($_) }
        $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $process = [Diagnostics.Process]::Start($start)
        try {
            $texts = $process.StandardOutput.ReadToEndAsync(), $process.StandardError.ReadToEndAsync()
            if (-not $process.WaitForExit(120000)) {
                throw 'The lines had not ended after two minutes.'
            }

            $texts[0].Result -split '\r?\n' -match '^\{' | ConvertFrom-Json
        }
        finally {
            if (-not $process.HasExited) { $process.Kill($true) }
            $process.Dispose()
        }
    }
}

Describe 'Moving over from <Section>' -ForEach $sections {
    BeforeAll {
        $runs = @(Get-Runs $Page $Section $Modules)
        $rows = $Rows.Row
    }

    It 'names every parameter' {
        if ($Modules -and -not (Get-Module -ListAvailable $Modules)) {
            Set-ItResult -Skipped -Because "$Modules is not installed"
            return
        }

        if ($Modules) { Import-Module $Modules -WarningAction SilentlyContinue }
        $named = [regex]::Matches($rows.Row -join ' ', '-\w+').Value
        foreach ($parameter in (Get-Command $Commands).Parameters.Values) {
            $isCommon = $parameter.Name -in [Management.Automation.Cmdlet]::CommonParameters
            $isOther = $Set -and -not ($parameter.ParameterSets.Keys | Where-Object { $_ -in $Set, '__AllParameterSets' })
            if (-not $isCommon -and -not $isOther) { "-$($parameter.Name)" | Should -BeIn $named }
        }
    }

    It '<Row.Row>' -ForEach $Rows {
        $here, $there = 'here', 'there' | ForEach-Object { $column = $_; $runs | Where-Object { $_.Row -eq $Row.Row -and $_.Column -eq $column } }
        if ($Row.Here) {
            $here | Should -Not -BeNullOrEmpty
            $here.Failure | Should -BeNullOrEmpty
        }
        else {
            # Nothing to write instead needs a reason.
            $Row.Difference | Should -Not -BeNullOrEmpty
        }

        if ($there) { $there.Failure | Should -BeNullOrEmpty }
        if ($there -and $here -and $Row.Difference -notmatch '^other output') {
            $here.Output | Should -Be $there.Output
        }
    }
}
