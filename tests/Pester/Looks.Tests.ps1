# How results, tasks and pools look.

BeforeAll {
    Import-Module "$PSScriptRoot/../../AsyncExecutors.psd1" -Force
    $rendering = $PSStyle.OutputRendering
    $PSStyle.OutputRendering = 'PlainText'

    function Get-Lines([int] $Width = 80) {
        end { ($input | Out-String -Width $Width) -split '\r?\n' | Where-Object { $_ } }
    }
}

AfterAll {
    $PSStyle.OutputRendering = $rendering
    Remove-Module AsyncExecutors
}

Describe 'A table of results' {
    BeforeAll {
        $results = 'short', ('long ' * 50), 'many', "two`nlines", 'fails' | Invoke-AsyncMultiple -Ordered -ErrorAction Ignore {
            switch ($_) {
                'short' { 1 }
                'many' { 1..1000 }
                'fails' { throw "not`npossible" }
                default { "$_" * 3 }
            }
        }
        $lines = $results | Get-Lines
    }

    It 'fits 80 columns, a line for each' {
        $lines | Should -HaveCount 7
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual 80 }
    }

    It 'has status, a duration with its unit, input and output' {
        $lines[0] | Should -Match '^ Index Status      Duration InputObject          Output'
        $lines[2] | Should -Match '^     0 Succeeded +[\d.]+ (µs|ms|s) short                1$'
        $lines[4] | Should -Match ' many +\{1, 2, 3, .*…$'
        $lines[5] | Should -Match ' two lines '
        $lines[6] | Should -Match '^     4 Failed +.* fails                not possible$'
    }

    It 'shows the status in colour where colours are allowed' {
        $PSStyle.OutputRendering = 'Ansi'
        try {
            $coloured = $results | Get-Lines
            $coloured[2] | Should -Match ([regex]::Escape("$($PSStyle.Foreground.Green)Succeeded$($PSStyle.Reset)"))
            $coloured[6] | Should -Match ([regex]::Escape("$($PSStyle.Foreground.Red)Failed$($PSStyle.Reset)"))
        }
        finally { $PSStyle.OutputRendering = 'PlainText' }
        $lines -join '' | Should -Not -Match '\x1b'
    }

    It 'says of a success how many errors there were' {
        $lines = 'one', 'many', 'long' | Invoke-AsyncMultiple -Ordered -ErrorAction Ignore {
            Write-Error 'first'
            switch ($_) { 'many' { Write-Error 'second' } 'long' { 'x' * 80 } default { 'out' } }
        } | Get-Lines
        $lines[2] | Should -Match ' one +\(1 error\) out$'
        $lines[3] | Should -Match ' many +\(2 errors\)$'
        $lines[4] | Should -Match ' long +\(1 error\) x+…$'
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual 80 }
    }

    It 'says why a task had to end' {
        $slow = 'a rather long name of a host', 'was stopped' | Invoke-AsyncMultiple -Ordered -TaskTimeoutSeconds 0.1 -ErrorAction Ignore { Start-Sleep 60 }
        $over = 'host' | Invoke-AsyncMultiple -TimeoutSeconds 0.1 -ErrorAction Ignore { Start-Sleep 60 }
        $task = Submit-AsyncTask -Name ('name ' * 20) { Start-Sleep 60 }
        $task | Stop-AsyncTask
        $stopped = $task | Wait-AsyncTask -ErrorAction Ignore
        $failed = Invoke-AsyncMultiple -ErrorAction Ignore { throw 'The service was stopped.' }
        $lines = $slow + $over + $stopped + $failed | Get-Lines
        $lines[2] | Should -Match '^     0 TimedOut +.* did not end within 0.1 s\.$'
        $lines[3] | Should -Match '^     1 TimedOut +.* did not end within 0.1 s\.$'
        $lines[4] | Should -Match '^     0 TimedOut +.* had not ended when the time'
        $lines[5] | Should -Match '^     0 Stopped +[\d.]+ (µs|ms|s) +was stopped\.$'
        $lines[6] | Should -Match '^     0 Failed .* The service was stopped\.$'
    }

    It 'names the keys of a table' {
        $lines = @{ size = 1 } | Invoke-AsyncMultiple { [ordered]@{ a = 1; b = 2 } } | Get-Lines
        $lines[2] | Should -Match ' \{size\} +\{a, b\}$'
    }

    It 'is the same for results that come from a file or another computer' {
        $results | Export-Clixml "$TestDrive/results.xml"
        Import-Clixml "$TestDrive/results.xml" | Get-Lines | Should -Be $lines
    }

    It 'as a list has everything' {
        $list = $results[4] | Format-List | Get-Lines
        foreach ($name in 'Index', 'Id', 'Name', 'Status', 'StartedAt', 'Duration', 'InputObject', 'Output', 'Exception', 'Errors') {
            $list -match "^$name +:" | Should -HaveCount 1
        }

        $list -join ' ' | Should -Match 'Exception +: RuntimeException: not'
    }
}

Describe 'A table of tasks' {
    It 'fits 80 columns, and a list has everything' {
        $task = 'in' | Submit-AsyncTask -Name ('name ' * 20) -TimeoutSeconds 5 { 'out' }
        $null = $task | Wait-AsyncTask
        $lines = $task | Get-Lines
        $lines | Should -HaveCount 3
        $lines[0] | Should -Match '^    Id Name +Status +InputObject +EventLoop'
        $lines[2] | Should -Match '^ +\d+ name name .* Succeeded in +Default-\d+$'
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual 80 }
        $list = $task | Format-List | Get-Lines
        foreach ($name in 'Id', 'Name', 'Status', 'InputObject', 'Index', 'TimeLimit', 'EventLoop', 'Thread', 'Result') {
            $list -match "^$name +:" | Should -HaveCount 1
        }

        $list | Should -Contain 'TimeLimit   : 00:00:05'
        Submit-AsyncTask { } | Format-List | Get-Lines | Should -Contain 'TimeLimit   : none'
    }
}

Describe 'A loop' {
    It 'is shown in a table and a list of what users ask about' {
        $pool = New-EventLoopPool -Name single
        ($pool.EventLoops | Get-Lines)[2] | Should -Match '^single-1 +0 +0$'
        $pool.EventLoops | Format-List | Get-Lines | ForEach-Object { ($_ -split ' ')[0] } |
            Should -Be 'Name', 'Thread', 'PendingCount', 'QueuedCount'
        $pool | Stop-EventLoopPool
    }
}

Describe 'A table of pools' {
    It 'fits 80 columns, and a list has everything' {
        $pool = New-EventLoopPool 2 -Name ('pool-' + 'x' * 60)
        $lines = $pool | Get-Lines
        $lines | Should -HaveCount 3
        $lines[0] | Should -Match '^Name +Loops +Pending +Running +Abandoned Stopped'
        $lines[2] | Should -Match ' 2 +0 +0 +0 False$'
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual 80 }
        $list = $pool | Format-List | Get-Lines
        foreach ($name in 'Name', 'PoolSize', 'EventLoops', 'PendingCount', 'RunningCount', 'AbandonedCount', 'IsStopped', 'LanguageMode') {
            $list -match "^$name +:" | Should -HaveCount 1
        }

        $pool | Stop-EventLoopPool
    }
}
