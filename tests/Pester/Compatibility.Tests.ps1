# What relies on the inside of PowerShell, in the pwsh that runs the tests.

Describe 'Smoke.ps1' {
    It 'finds all as it should be' {
        $lines = & ([Environment]::ProcessPath) -NoProfile -NonInteractive -File "$PSScriptRoot/../Compatibility/Smoke.ps1" 2>&1
        $LASTEXITCODE | Should -Be 0 -Because "$lines"
        "$lines" | Should -BeLike "PowerShell $($PSVersionTable.PSVersion) on .NET * 0 failed"
    }
}
