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
        $lines[4] | Should -Match ' many +\{1, 2, 3, '
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

    It 'as a list has everything' {
        $list = $results[4] | Format-List | Get-Lines
        foreach ($name in 'Index', 'Name', 'Status', 'StartedAt', 'Duration', 'InputObject', 'Output', 'Exception', 'Errors') {
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
        $lines[0] | Should -Match '^    Id Name +Status +EventLoop'
        $lines[2] | Should -Match '^ +\d+ name name .* Succeeded Default-\d+$'
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual 80 }
        $list = $task | Format-List | Get-Lines
        foreach ($name in 'Id', 'Name', 'Status', 'Index', 'TimeLimit', 'EventLoop', 'Thread', 'Result') {
            $list -match "^$name +:" | Should -HaveCount 1
        }
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
