# What a script sees of the built module in a real PowerShell. Whatever matters here is in tests/Unit too.

BeforeAll {
    Import-Module "$PSScriptRoot/../../AsyncExecutors.psd1" -Force
}

AfterAll {
    Remove-Module AsyncExecutors
}

Describe 'The module' {
    It 'exports what its manifest names, and nothing else' {
        $manifest = Import-PowerShellDataFile "$PSScriptRoot/../../AsyncExecutors.psd1"
        (Get-Command -Module AsyncExecutors -CommandType Cmdlet).Name | Sort-Object |
            Should -Be ($manifest.CmdletsToExport | Sort-Object)
        (Get-Alias await).ResolvedCommandName | Should -Be 'Receive-AsyncTask'
    }

    It 'has a manifest that PowerShell accepts' {
        Test-ModuleManifest "$PSScriptRoot/../../AsyncExecutors.psd1" -ErrorAction Stop | Should -Not -BeNullOrEmpty
    }
}

Describe 'Invoke-AsyncMultiple' {
    It 'writes a result per input, in input order with -Ordered' {
        $results = 1..20 | Invoke-AsyncMultiple -Ordered { $_ * 2 }
        $results.InputObject | Should -Be (1..20)
        $results.Output | Should -Be (1..20 | ForEach-Object { $_ * 2 })
        $results.Status | Should -Not -Contain 'Failed'
    }

    It 'ends a task that sleeps too long, runs its finally block, and lets the others go on' {
        # Where the commands are loaded: that takes its time, and is not for the tasks'.
        $pool = New-EventLoopPool -ImportModule Microsoft.PowerShell.Utility
        $results = 1..3 | Invoke-AsyncMultiple -Pool $pool -TaskTimeoutSeconds 1 -ErrorAction SilentlyContinue -WarningVariable warnings -WarningAction SilentlyContinue {
            try { if ($_ -eq 2) { Start-Sleep 600 }; $_ } finally { Write-Warning "finally $_" }
        }
        ($results | Where-Object Status -EQ TimedOut).InputObject | Should -Be 2
        @($results | Where-Object Success).Count | Should -Be 2
        $warnings.Message | Should -Contain 'finally 2'
        $pool | Stop-EventLoopPool
    }

    It 'makes each failure an error whose target is the input' {
        $null = 1..3 | Invoke-AsyncMultiple { if ($_ -eq 2) { throw "no $_" } } -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures.Count | Should -Be 1
        $failures[0].TargetObject | Should -Be 2
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'TaskFailed,*'
    }

    It 'stops the rest when the first object is enough' {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $first = 1..50 | Invoke-AsyncMultiple { if ($_ -gt 1) { Start-Sleep 60 }; $_ } | Select-Object -First 1
        $first.Output | Should -Be 1
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 30
    }

    It 'shows Write-Host once' {
        $records = Invoke-AsyncTask { Write-Host 'hello' } 6>&1
        @($records).Count | Should -Be 1
        "$records" | Should -Be 'hello'
    }

    It 'shows files by name, so that they can be told apart in 80 columns' {
        $folder = New-Item -ItemType Directory (Join-Path $TestDrive ('long' * 10))
        1..2 | ForEach-Object { $null = New-Item (Join-Path $folder "file$_.txt") }
        $shown = Get-ChildItem $folder | Invoke-AsyncMultiple -Ordered { $_.Length } | Out-String -Width 80
        $shown | Should -Match 's file1\.txt +0\b'
        $shown | Should -Match 's file2\.txt +0\b'
    }

    It 'evaluates $using: where it is called' {
        $list = 10, 20, 30
        $table = @{ Key = 'value' }
        Invoke-AsyncTask { $using:list[1]; $using:table.Key; & { ($using:list).Count } } | Should -Be 20, 'value', 3
    }
}

Describe 'Tasks' {
    It 'are submitted, waited for and received' {
        $tasks = 1..3 | Submit-AsyncTask { Start-Sleep -Milliseconds (50 * $_); $_ }
        ($tasks | Wait-AsyncTask).Output | Sort-Object | Should -Be 1, 2, 3
        $tasks | await | Should -Be 1, 2, 3
        await ([Threading.Tasks.Task]::FromResult(5)) | Should -Be 5
    }

    It 'places an error that an awaited function writes where it was called' {
        function Write-Problem { await ([timespan]::Zero); Write-Error 'a problem' }
        $result = 1 | Invoke-AsyncMultiple -ErrorAction Ignore { await Write-Problem }
        $result.Errors[0].FullyQualifiedErrorId | Should -BeLike '*,Write-Problem'
        $result.Errors[0].InvocationInfo.Line | Should -BeLike '*{ await Write-Problem }*'
    }

    It 'are stopped' {
        $task = Submit-AsyncTask { Start-Sleep 60 }
        $task | Stop-AsyncTask
        (Wait-AsyncTask $task -ErrorAction SilentlyContinue).Status | Should -Be 'Stopped'
    }
}

Describe 'Pools' {
    It 'keep their state, have a name, and refuse work once stopped' {
        $pool = New-EventLoopPool 1 -Name pester -InitializationScript { $global:count = 0 }
        1..3 | ForEach-Object { Invoke-AsyncTask -Pool $pool { (++$global:count) } } | Should -Be 1, 2, 3
        { New-EventLoopPool -Name PESTER -ErrorAction Stop } | Should -Throw '*already*'
        Stop-EventLoopPool -Name pester
        Get-EventLoopPool pest* | Should -BeNullOrEmpty
        { Invoke-AsyncTask -Pool $pool { 1 } -ErrorAction Stop } | Should -Throw '*was stopped*'
    }

    It 'have loops that are shown as a table' {
        $pool = New-EventLoopPool 2 -Name shown
        $lines = ($pool.EventLoops | Out-String) -split '\r?\n' | Where-Object { $_ }
        Stop-EventLoopPool $pool
        $lines.Count | Should -Be 4
        $lines[0] | Should -Match '^Name +Pending +Queued'
        $lines[2] | Should -Match '^shown-\d +0 +0'
    }

    It 'the session''s own is as new in each call' {
        Invoke-AsyncTask { $global:left = 1; function global:Get-Left { 1 } }
        Invoke-AsyncTask { "[$global:left]"; Get-Command Get-Left -ErrorAction Ignore } | Should -Be '[]'
    }
}
