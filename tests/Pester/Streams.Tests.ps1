# All streams, the parameters and variables for them, and redirections: tasks do what a function in their place would do.

BeforeAll {
    Import-Module "$PSScriptRoot/../../AsyncExecutors.psd1" -Force

    $body = {
        'first'
        Write-Host 'host'
        Write-Warning 'warning'
        Write-Verbose 'verbose'
        Write-Debug 'debug'
        Write-Information 'information'
        Write-Error 'error'
        'last'
    }

    function Invoke-Plainly {
        [CmdletBinding()]
        param()
        . ([scriptblock]::Create($body.ToString()))
    }

    # What a command with these parameters writes to all streams, in order, as text with the type; and how it ended.
    function Get-Transcript([scriptblock] $Command, [hashtable] $Parameters) {
        try {
            & $Command $Parameters *>&1 | ForEach-Object { '{0}: {1}' -f $_.GetType().Name, $_ }
        }
        catch {
            "ended by: $_"
        }
    }

    $commands = @{
        'Invoke-AsyncTask'                             = { param($p) Invoke-AsyncTask $body @p }
        'Invoke-AsyncMultiple -StreamOutput'           = { param($p) Invoke-AsyncMultiple $body -StreamOutput @p }
        'Invoke-AsyncMultiple -StreamOutput -Ordered'  = { param($p) 1 | Invoke-AsyncMultiple $body -StreamOutput -Ordered @p }
        'Invoke-AsyncMultiple'                         = { param($p) Invoke-AsyncMultiple $body @p | ForEach-Object { $_ -is [AsyncExecutors.TaskResult] ? $_.Output : $_ } }
        'Submit-AsyncTask and Wait-AsyncTask'          = { param($p) Submit-AsyncTask $body @p | Wait-AsyncTask @p | ForEach-Object { $_ -is [AsyncExecutors.TaskResult] ? $_.Output : $_ } }
        'Submit-AsyncTask and Receive-AsyncTask'       = { param($p) Submit-AsyncTask $body @p | Receive-AsyncTask @p }
    }
}

AfterAll {
    Remove-Module AsyncExecutors
}

Describe '<Command>' -ForEach @(
    @{ Command = 'Invoke-AsyncTask'; Live = $true }
    @{ Command = 'Invoke-AsyncMultiple -StreamOutput'; Live = $true }
    @{ Command = 'Invoke-AsyncMultiple -StreamOutput -Ordered'; Live = $true }
    @{ Command = 'Invoke-AsyncMultiple'; Live = $false }
    @{ Command = 'Submit-AsyncTask and Wait-AsyncTask'; Live = $false }
    @{ Command = 'Submit-AsyncTask and Receive-AsyncTask'; Live = $false }
) {
    It 'writes what a function does, with <Parameters>' -ForEach @(
        @{ Parameters = '@{}' }
        @{ Parameters = '@{ Verbose = $true }' }
        @{ Parameters = '@{ Verbose = $false }' }
        @{ Parameters = '@{ Debug = $true }' }
        @{ Parameters = "@{ WarningAction = 'SilentlyContinue' }" }
        @{ Parameters = "@{ WarningAction = 'Ignore' }" }
        @{ Parameters = "@{ WarningAction = 'Stop' }" }
        @{ Parameters = "@{ InformationAction = 'Continue' }" }
        @{ Parameters = "@{ InformationAction = 'Ignore' }" }
        @{ Parameters = "@{ InformationAction = 'Stop' }" }
        @{ Parameters = "@{ ErrorAction = 'SilentlyContinue' }" }
        @{ Parameters = "@{ ErrorAction = 'Ignore' }" }
        @{ Parameters = "@{ ErrorAction = 'Stop' }" }
        @{ Parameters = "@{ Verbose = `$true; Debug = `$true; InformationAction = 'Continue' }" }
    ) {
        $given = & ([scriptblock]::Create($Parameters))
        $expected = Get-Transcript { param($p) Invoke-Plainly @p } $given
        $written = Get-Transcript $commands[$Command] $given
        if (-not $Live) {
            # The output is there when the task has ended, and so after the other streams, and not when the call was ended before.
            $expected = @($expected | Where-Object { $_ -notlike 'String*' }) +
                @($expected | Where-Object { $_ -like 'String*' -and $expected[-1] -notlike 'ended*' })
        }

        $written | Should -Be $expected
    }
}

Describe 'Variables for streams' {
    It 'are filled by <Command>' -ForEach @(
        @{ Command = 'Invoke-AsyncTask' }
        @{ Command = 'Invoke-AsyncMultiple -StreamOutput' }
    ) {
        $call = [scriptblock]::Create("$Command `$body -OutVariable o -ErrorVariable e -WarningVariable w -InformationVariable i 2>`$null 3>`$null 6>`$null > `$null; `$o; `$e; `$w; `$i")
        $all = . $call
        $all | ForEach-Object { "$_" } | Should -Be 'first', 'last', 'error', 'warning', 'host', 'information'
    }

    It 'are filled by Wait-AsyncTask and Receive-AsyncTask' {
        Submit-AsyncTask $body | Wait-AsyncTask -OutVariable o -ErrorVariable e -WarningVariable w -InformationVariable i 2>$null 3>$null 6>$null > $null
        $o.Status | Should -Be 'Succeeded'
        "$e", "$w", "$i" | Should -Be 'error', 'warning', 'host information'
        Submit-AsyncTask $body | Receive-AsyncTask -OutVariable o -ErrorVariable e -WarningVariable w -InformationVariable i 2>$null 3>$null 6>$null > $null
        "$o", "$e", "$w", "$i" | Should -Be 'first last', 'error', 'warning', 'host information'
    }

    It 'add to what is there with a plus sign' {
        Invoke-AsyncTask { 1 } -OutVariable o | Out-Null
        Invoke-AsyncTask { 2 } -OutVariable +o | Out-Null
        $o | Should -Be 1, 2
    }

    It 'for the pipeline hold the current object' {
        1..3 | Invoke-AsyncMultiple { $_ * 10 } -Ordered -PipelineVariable result | ForEach-Object { "$($result.InputObject):$($result.Output)" } |
            Should -Be '1:10', '2:20', '3:30'
        1..2 | Invoke-AsyncMultiple { "a$_"; "b$_" } -StreamOutput -Ordered -PipelineVariable text | ForEach-Object { "$text=$_" } |
            Should -Be 'a1=a1', 'b1=b1', 'a2=a2', 'b2=b2'
    }
}

Describe 'Redirection' {
    It '<Operator> gives the <Type>' -ForEach @(
        @{ Operator = '2>&1'; Type = 'ErrorRecord'; Text = 'error' }
        @{ Operator = '3>&1'; Type = 'WarningRecord'; Text = 'warning' }
        @{ Operator = '4>&1'; Type = 'VerboseRecord'; Text = 'verbose' }
        @{ Operator = '5>&1'; Type = 'DebugRecord'; Text = 'debug' }
        @{ Operator = '6>&1'; Type = 'InformationRecord'; Text = 'host' }
    ) {
        foreach ($command in 'Invoke-AsyncTask $body', 'Invoke-AsyncMultiple $body', 'Invoke-AsyncMultiple $body -StreamOutput') {
            $quiet = 2..6 | Where-Object { $_ -ne [int]"$($Operator[0])" } | ForEach-Object { "$_>`$null" }
            $found = & ([scriptblock]::Create("$command -Verbose -Debug $Operator $quiet")) | Where-Object { $_.GetType().Name -eq $Type }
            "$(@($found)[0])" | Should -Be $Text
        }
    }

    It 'of a failure works with -Debug, which asks nothing' {
        $all = 1 | Invoke-AsyncMultiple -Debug { Write-Warning 'w'; throw 'broken' } *>&1 | ForEach-Object { "$_" }
        $all | Should -Contain 'w'
        $all -match '^1: broken' | Should -HaveCount 1
    }

    It 'to a file' {
        $file = Join-Path $TestDrive 'warnings.txt'
        Invoke-AsyncTask { Write-Warning 'in a file' } 3> $file
        Get-Content $file | Should -Be 'in a file'
    }
}

Describe 'Progress' {
    It 'is shown with -ProgressAction <Action>: <Count> records' -ForEach @(
        @{ Action = 'Continue'; Count = 1 }
        @{ Action = 'SilentlyContinue'; Count = 0 }
        @{ Action = 'Ignore'; Count = 0 }
    ) {
        foreach ($command in 'Invoke-AsyncTask', 'Invoke-AsyncMultiple', 'Invoke-AsyncMultiple -StreamOutput') {
            $shell = [powershell]::Create()
            try {
                $null = $shell.AddScript("Import-Module '$PSScriptRoot/../../AsyncExecutors.psd1'; $command { Write-Progress 'copying' } -ProgressAction $Action").Invoke()
                @($shell.Streams.Progress | Where-Object Activity -EQ 'copying').Count | Should -Be $Count
            }
            finally { $shell.Dispose() }
        }
    }

    It 'of a call with -ShowProgress has the tasks'' own below it and ends' {
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Import-Module '$PSScriptRoot/../../AsyncExecutors.psd1'; `$l = 1..4; `$l | Invoke-AsyncMultiple -ShowProgress { Write-Progress 'copying' -PercentComplete 50; Start-Sleep 1 }").Invoke()
            $records = @($shell.Streams.Progress)
            $bar = @($records | Where-Object Activity -EQ 'Invoke-AsyncMultiple')
            $bar.Count | Should -BeGreaterThan 1
            $bar[0].StatusDescription | Should -Match '^\d of 4 ended, 0 failed, \d running, \d waiting, '
            $bar[-1].RecordType | Should -Be 'Completed'
            $tasks = @($records | Where-Object Activity -EQ 'copying')
            ($tasks.ActivityId | Sort-Object -Unique).Count | Should -Be 4
            $tasks.ParentActivityId | Sort-Object -Unique | Should -Be $bar[0].ActivityId
        }
        finally { $shell.Dispose() }
    }
}

Describe '-StreamOutput' {
    It 'ends a long task at its first object' {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        1..5 | Invoke-AsyncMultiple -StreamOutput { "first of $_"; Start-Sleep 60 } | Select-Object -First 1 | Should -BeLike 'first of *'
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 30
    }
}
