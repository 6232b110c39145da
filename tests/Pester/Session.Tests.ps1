# What a user sees of the built module in a new pwsh process of its own: the console, script files, the exit code.

BeforeAll {
    $manifest = (Resolve-Path "$PSScriptRoot/../../AsyncExecutors.psd1").Path

    # Runs a script in a new process; gives the lines of its standard output and error. One that does not end within 30 s fails.
    function Invoke-InNewSession([string] $Script, [int] $ExitCode) {
        $file = Join-Path $TestDrive "$([guid]::NewGuid()).ps1"
        Set-Content $file "`$PSStyle.OutputRendering = 'PlainText'`nImport-Module '$manifest'`n$Script"
        $start = [Diagnostics.ProcessStartInfo]::new([Environment]::ProcessPath)
        '-NoProfile', '-NonInteractive', '-File', $file | ForEach-Object { $start.ArgumentList.Add($_) }
        $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $process = [Diagnostics.Process]::Start($start)
        try {
            $texts = $process.StandardOutput.ReadToEndAsync(), $process.StandardError.ReadToEndAsync()
            if (-not $process.WaitForExit(30000)) {
                throw 'The process had not ended after 30 s.'
            }

            $process.ExitCode | Should -Be $ExitCode

            ($texts.Result -join "`n") -split "`r?`n" | Where-Object { $_ }
        }
        finally {
            if (-not $process.HasExited) { $process.Kill($true) }
            $process.Dispose()
        }
    }
}

Describe 'A new session' {
    It 'imports the module in place, and can do so twice' {
        Invoke-InNewSession "Import-Module '$manifest' -Force; (Get-Module AsyncExecutors).Version -eq (Test-ModuleManifest '$manifest').Version" |
            Should -Be 'True'
    }

    It 'ends by itself with pools and tasks still there' {
        $lines = Invoke-InNewSession '
            $pool = New-EventLoopPool 2
            $task = Submit-AsyncTask -Pool $pool { Start-Sleep 600 }
            $own = Submit-AsyncTask { Start-Sleep 600 }
            Start-Sleep -Milliseconds 300
            "done"'
        $lines | Should -Be 'done'
    }

    It 'ends by itself, with its exit code, with blocks that cannot be stopped: <Block>' -ForEach @(
        @{ Block = '[Threading.Thread]::Sleep(-1)' }
        @{ Block = 'try { await ([Threading.Tasks.Task]::Delay(-1)) } finally { [Threading.Thread]::Sleep(-1) }' }
        @{ Block = 'Invoke-AsyncTask -Pool (New-EventLoopPool) { [Threading.Thread]::Sleep(-1) }' }
    ) {
        $lines = Invoke-InNewSession "
            (1 | Invoke-AsyncMultiple -TaskTimeoutSeconds 0.2 -ErrorAction Ignore { [Threading.Thread]::Sleep(-1) }).Status
            `$inside = [Threading.SemaphoreSlim]::new(0)
            `$own = Submit-AsyncTask { `$null = (`$using:inside).Release(); $Block }
            `$tasks = 1..2 | Submit-AsyncTask -Pool (New-EventLoopPool 2) { `$null = (`$using:inside).Release(); $Block }
            `$job = 1 | Invoke-AsyncMultiple -AsJob { `$null = (`$using:inside).Release(); $Block }
            1..4 | ForEach-Object { `$inside.Wait() }
            'done'
            exit 3" -ExitCode 3
        $lines | Should -Be 'TimedOut', 'done'
    }

    It 'shows <Command> of a task once' -ForEach @(
        @{ Command = "Write-Host 'shown'" }
        @{ Command = "Write-Warning 'shown'" }
        @{ Command = "Write-Error 'shown' -ErrorAction Continue" }
        @{ Command = "'shown'" }
    ) {
        $lines = Invoke-InNewSession "Invoke-AsyncTask { $Command }"
        @($lines -match 'shown$').Count | Should -Be 1
    }

    It 'shows results as a table' {
        $lines = Invoke-InNewSession '1..2 | Invoke-AsyncMultiple -Ordered { $_ * 21 }'
        @($lines -match 'Index\s+Status\s+Duration\s+InputObject\s+Output').Count | Should -Be 1
        @($lines -match 'Succeeded').Count | Should -Be 2
        @($lines -match '\b42\b').Count | Should -Be 1
    }

    It 'names file and line of what failed' {
        $lines = Invoke-InNewSession '$null = "in" | Invoke-AsyncMultiple { throw "broken" }'
        $lines -join ' ' | Should -Match 'in: broken \(at [\w-]+\.ps1:3\)'
    }
}

Describe 'What is the caller''s' {
    It 'functions of a script file are there, with those that they call' {
        Invoke-InNewSession '
            function Get-Net($gross) { Get-Rounded ($gross / 1.19) }
            function Get-Rounded($n) { [Math]::Round($n) }
            (119, 238 | Invoke-AsyncMultiple -Ordered { Get-Net $_ }).Output -join " "' | Should -Be '100 200'
    }

    It 'a command of a module that is in no folder of modules: the error says how to bring it, and that works' {
        $module = Join-Path $TestDrive 'Mine.psm1'
        Set-Content $module 'function Get-Mine { "mine" }'
        $lines = Invoke-InNewSession "Import-Module '$module'; Invoke-AsyncTask { Get-Mine }; (Invoke-AsyncMultiple -ImportModule Mine { Get-Mine }).Output"
        $lines -join ' ' -replace '[|\s]+', ' ' | Should -Match '-ImportModule Mine'
        $lines | Should -Contain 'mine'
    }

    It 'a module of PowerShell by its name, and by a pattern' {
        Invoke-InNewSession '
            (Invoke-AsyncMultiple -ImportModule Microsoft.PowerShell.Sec* { (Get-Module *.Security).Name }).Output
            Invoke-AsyncTask { @(Get-Module *.Security).Count }' | Should -Be 'Microsoft.PowerShell.Security', '0'
    }

    It 'methods of its classes run on its thread; those of a class without affinity where they are called' {
        $lines = Invoke-InNewSession '
            class Tied { [int] Thread() { return [Environment]::CurrentManagedThreadId } }
            [NoRunspaceAffinity()] class Free { [int] Thread() { return [Environment]::CurrentManagedThreadId } }
            $here = [Environment]::CurrentManagedThreadId
            ([Tied]::new() | Invoke-AsyncTask { $_.Thread() }) -eq $here
            ([Free]::new() | Invoke-AsyncTask { $_.Thread() }) -eq $here'
        $lines | Should -Be 'True', 'False'
    }

    It 'aliases and functions of PowerShell itself work in a block' {
        Invoke-InNewSession 'Invoke-AsyncTask { (3, 1, 2 | sort | select -First 2) -join " "; $null = mkdir (Join-Path ([IO.Path]::GetTempPath()) ([guid]::NewGuid())) }' |
            Should -Be '1 2'
    }

    It 'names of pools, functions and modules are completed' {
        Invoke-InNewSession '
            function Get-Mine { }
            $null = New-EventLoopPool -Name work
            foreach ($text in "Invoke-AsyncTask -Pool w", "Invoke-AsyncMultiple -Function Get-Mi", "New-EventLoopPool -ImportModule Pest") {
                (TabExpansion2 $text $text.Length).CompletionMatches.CompletionText
            }' | Should -Be 'work', 'Get-Mine', 'Pester'
    }
}

Describe 'Completion' {
    BeforeAll { Import-Module $manifest -Force }
    AfterAll { Remove-Module AsyncExecutors }

    It 'of a path to a module has modules and folders, and no other files' {
        'Mine.psm1', 'Mine.psd1', 'Mine.txt', 'Mine.Format.ps1xml' | ForEach-Object { $null = New-Item $TestDrive/complete/$_ -Force }
        $null = New-Item $TestDrive/complete/Mine.2 -ItemType Directory
        foreach ($text in "New-EventLoopPool -ImportModule '$TestDrive/complete/Mi", "Invoke-AsyncMultiple -ImportModule $TestDrive/complete/") {
            (TabExpansion2 $text $text.Length).CompletionMatches.ListItemText | Sort-Object | Should -Be 'Mine.2', 'Mine.psd1', 'Mine.psm1'
        }
    }
}

Describe 'Tasks in a real pwsh' {
    BeforeAll { Import-Module $manifest -Force }
    AfterAll { Remove-Module AsyncExecutors }

    It 'run where the caller is' {
        Push-Location $TestDrive
        try { Invoke-AsyncTask { $PWD.ProviderPath } | Should -Be (Get-Location).ProviderPath } finally { Pop-Location }
    }

    It 'use the modules that PowerShell loads by itself' {
        $file = Join-Path $TestDrive 'data.json'
        '{ "a": 5 }' | Set-Content $file
        $file | Invoke-AsyncTask { (Get-Content $_ -Raw | ConvertFrom-Json).a } | Should -Be 5
        1 | Invoke-AsyncTask { 3, 1, 2 | Sort-Object | Select-Object -First 2 } | Should -Be 1, 2
    }

    It 'use a module by name' {
        $pool = New-EventLoopPool -ImportModule Microsoft.PowerShell.Utility
        Invoke-AsyncTask -Pool $pool { (Get-Module Microsoft.PowerShell.Utility).Name } | Should -Be 'Microsoft.PowerShell.Utility'
        $pool | Stop-EventLoopPool
    }

    It 'report progress to the caller' {
        $records = [powershell]::Create()
        try {
            $null = $records.AddScript("Import-Module '$manifest'; Invoke-AsyncTask { Write-Progress -Activity 'copying' -PercentComplete 50 }").Invoke()
            $records.Streams.Progress.Activity | Should -Contain 'copying'
        }
        finally { $records.Dispose() }
    }

    It 'write verbose records when the caller asks for them' {
        1 | Invoke-AsyncTask -Verbose { Write-Verbose 'seen' } 4>&1 | Should -Be 'seen'
        1 | Invoke-AsyncTask { Write-Verbose 'unseen' } 4>&1 | Should -BeNullOrEmpty
    }

    It 'that sleep run side by side' {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        1..10 | Invoke-AsyncMultiple { Start-Sleep 3 } | Should -HaveCount 10
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 15
    }

    It 'are ended by Select-Object -First, and the rest of the input is not taken' {
        $taken = [Collections.Generic.List[int]]::new()
        $first = 1..1000 | ForEach-Object { $taken.Add($_); $_ } |
            Invoke-AsyncMultiple -MaxWorkers 3 { if ($_ -gt 1) { Start-Sleep 600 }; $_ } | Select-Object -First 1
        $first.Output | Should -Be 1
        $taken.Count | Should -BeLessThan 50
    }
}
