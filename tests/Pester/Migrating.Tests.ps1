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
    Import-Module $manifest -Force

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

    # What a line needs that the module has not: a parameter, or the caller's functions.
    function Get-Missing([string] $Line) {
        $ast = [scriptblock]::Create($Line).Ast
        foreach ($command in $ast.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true) | Where-Object { $_.GetCommandName() }) {
            $known = Get-Command $command.GetCommandName() -Module AsyncExecutors -ErrorAction Ignore
            $given = $command.CommandElements | Where-Object { $_ -is [Management.Automation.Language.CommandParameterAst] }
            if ($known) { $given.ParameterName | Where-Object { $_ -and $_ -notin $known.Parameters.Keys + $known.Parameters.Values.Aliases } }
            if ($command.GetCommandName() -eq 'Get-Double' -and -not (Get-Command Invoke-AsyncMultiple).Parameters.ContainsKey('Function')) { 'Function' }
        }
    }
}

AfterAll {
    Remove-Module AsyncExecutors
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
        if ($Row.Here -and ($missing = Get-Missing $Row.Here)) {
            Set-ItResult -Skipped -Because "-$($missing -join ', -') is not there yet"
            return
        }

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
