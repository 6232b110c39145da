# The scripts in examples/, as somebody runs them who has built the repository and imported nothing.

BeforeDiscovery {
    $examples = Get-ChildItem "$PSScriptRoot/../../examples" -Filter *.ps1 | ForEach-Object { @{ Name = $_.Name; Path = $_.FullName } }
}

Describe 'The example <Name>' -ForEach $examples {
    It 'runs in a new PowerShell, checks itself and ends without an error' {
        $lines = & ([Environment]::ProcessPath) -NoProfile -NonInteractive -File $Path 2>&1
        $LASTEXITCODE | Should -Be 0 -Because "$lines"
        $lines | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } | Should -BeNullOrEmpty
        "$lines" | Should -Match 'all equal to the sequential run|all with the right page'
    }
}
