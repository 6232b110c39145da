# What only pwsh can measure of the comparison: the peers that are installed, and Import-Module. The rest is in
# tests/Unit/Examples/BenchmarkTests.

BeforeAll {
    $script:root = [IO.Path]::GetFullPath([IO.Path]::Combine($PSScriptRoot, '..', '..'))
}

Describe 'Compare.ps1' {
    It 'measures each peer that can be imported, and Import-Module' {
        $page = & ([Environment]::ProcessPath) -NoProfile -NonInteractive -File "$root/benchmarks/Scripts/Compare.ps1" -Quick -Only TinyBlocks,SubmitWait,Import -ResultsFolder $TestDrive 2>$null
        $LASTEXITCODE | Should -Be 0

        $peers = [ordered]@{ ThreadJob = 'Start-ThreadJob'; PSParallelPipeline = 'Invoke-Parallel'; SplitPipeline = 'Split-Pipeline'; PoshRSJob = 'Start-RSJob' }
        $runs = Import-Csv (Get-ChildItem $TestDrive -Filter *.csv)
        $measured = foreach ($peer in $peers.Keys) { if ($runs.contender -like "$($peers[$peer]) *") { $peer } }
        $installed = foreach ($peer in $peers.Keys) { if (Get-Module -ListAvailable $peer, "Microsoft.PowerShell.$peer") { $peer } }
        @($measured) -join ', ' | Should -Be (@($installed) -join ', ')

        @($runs | Where-Object comparison -EQ 'Import-Module').contender | Should -Be @(
            'AsyncExecutors', 'an empty binary module, with a manifest', 'an empty binary module, the assembly alone')
        @($page -match '^\| Import-Module: ms beyond .* \| (yes|no) \|$') | Should -HaveCount 1
    }
}
