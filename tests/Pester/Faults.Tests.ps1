# What a script sees of blocks that do what a block should not, of what they leave behind, and of rights.

BeforeDiscovery {
    $pools = '', '-Pool $pool'
    $faults = @(
        @{ Block = "'out'; exit 3; 'never'"; Status = 'Succeeded'; Output = 'out' }
        @{ Block = "'out'; break; 'never'"; Status = 'Succeeded'; Output = 'out' }
        @{ Block = "'out'; continue; 'never'"; Status = 'Succeeded'; Output = 'out' }
        @{ Block = "throw `$null"; Status = 'Failed' }
        @{ Block = "try { 'out' } finally { throw 'last' }"; Status = 'Failed'; Output = 'out'; Message = 'last' }
        @{ Block = "`$ErrorActionPreference = 'Stop'; 'out'; Write-Error 'no'; 'never'"; Status = 'Failed'; Output = 'out'; Message = 'no' }
        @{ Block = "[runspace]::DefaultRunspace.Close(); 'never'"; Status = 'Failed'; Message = '*closed the runspace*' }
        @{ Block = "[runspace]::DefaultRunspace.Dispose(); 'never'"; Status = 'Failed'; Message = '*closed the runspace*' }
        @{ Block = "return [Threading.Tasks.Task]::FromException([IO.InvalidDataException]::new('late'))"; Status = 'Failed'; Message = 'late' }
        @{ Block = "'out'; [Threading.Tasks.TaskCompletionSource]::new().Task"; Status = 'TimedOut'; Output = 'out' }
        @{ Block = "'out'; [Threading.Thread]::Sleep(20000)"; Status = 'TimedOut'; Output = 'out' }
        @{ Block = "Remove-Module AsyncExecutors -ErrorAction Ignore; 'out'"; Status = 'Succeeded'; Output = 'out' }
        @{ Block = "Set-Location Env:; 'out'"; Status = 'Succeeded'; Output = 'out' }
        @{ Block = "(1..100000 | ForEach-Object { `$_ }).Count"; Status = 'Succeeded'; Output = 100000 }
        @{ Block = "1..300 | ForEach-Object { Write-Error `$_ -ErrorAction SilentlyContinue }; `$Error.Count"; Status = 'Succeeded'; Output = 256 }
    )

    $taskState = @(
        @{ Change = "`$mine = 5"; Test = "`$null -eq `$mine" }
        @{ Change = "Write-Error 'x' -ErrorAction SilentlyContinue"; Test = "`$Error.Count -eq 0" }
        @{ Change = "Write-Error 'x' -ErrorAction SilentlyContinue"; Test = "`$?" }
        @{ Change = "& ([Environment]::ProcessPath) -NoProfile -Command 'exit 3'"; Test = "`$null -eq `$LASTEXITCODE" }
        @{ Change = "`$ErrorActionPreference = 'Stop'"; Test = "`$ErrorActionPreference -eq 'Continue'" }
        @{ Change = "Set-StrictMode -Version 3"; Test = "`$null -eq `$doesNotExist" }
        @{ Change = "Set-Location Env:"; Test = "`$PWD.Provider.Name -eq 'FileSystem'" }
        @{ Change = "Set-Alias mine Get-Command"; Test = "`$null -eq (Get-Alias mine -ErrorAction Ignore)" }
    )
    $runspaceState = @(
        @{ Change = "`$global:mine = 5"; Test = "`$null -eq `$mine" }
        @{ Change = "Set-Alias mine Get-Command -Scope Global"; Test = "`$null -eq (Get-Alias mine -ErrorAction Ignore)" }
        @{ Change = "`$null = New-PSDrive mine FileSystem / -Scope Global"; Test = "`$null -eq (Get-PSDrive mine -ErrorAction Ignore)" }
        @{ Change = "function global:mine { }"; Test = "`$null -eq (Get-Command mine -ErrorAction Ignore)" }
        @{ Change = "`$PSDefaultParameterValues['Get-Command:Name'] = 'none'"; Test = "`$PSDefaultParameterValues.Count -eq 0" }
    )
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../AsyncExecutors.psd1" -Force
    $pool = New-EventLoopPool 1

    function Invoke-Text([string] $Text) { & ([scriptblock]::Create($Text)) }
}

AfterAll {
    Remove-Module AsyncExecutors
}

Describe 'A block with [<_>]' -ForEach $pools {
    BeforeAll { $with = $_ }

    It 'that runs { <Block> } ends as <Status>, and the next is as ever' -ForEach $faults {
        $result = Invoke-Text "1 | Invoke-AsyncMultiple $with -TaskTimeoutSeconds $($Status -eq 'TimedOut' ? 0.3 : 20) -ErrorAction Ignore { $Block }"
        $result.Status | Should -Be $Status
        $result.Output | Should -Be $Output
        if ($Message) { $result.Exception.Message | Should -BeLike $Message }
        if ($Status -eq 'TimedOut') { $result.Duration.TotalSeconds | Should -BeLessThan 15 -Because 'it ends without its code' }
        Invoke-Text "'in' | Invoke-AsyncTask $with { `"`$_ `$(`$PWD.Path) `$(Invoke-AsyncTask { 'nested' })`" }" | Should -Be "in $($PWD.Path) nested"
    }

    It 'that runs { <Change> } leaves nothing of it to the next task' -ForEach $taskState {
        Invoke-Text "`$null = Invoke-AsyncMultiple $with { $Change }; Invoke-AsyncTask $with { $Test }" | Should -BeTrue
    }
}

Describe 'The default pool' {
    It 'forgets { <Change> } after the call' -ForEach $runspaceState {
        Invoke-Text "`$null = Invoke-AsyncMultiple { $Change }; Invoke-AsyncTask { $Test }" | Should -BeTrue
    }
}

Describe 'A stop' {
    It 'ends all blocks, and what finally writes arrives' {
        $inside = [Collections.Concurrent.ConcurrentBag[int]]::new()
        $tasks = 1..20 | Submit-AsyncTask -Pool (New-EventLoopPool 20 -Name twenty) { try { ($using:inside).Add($_); Start-Sleep 600 } finally { "finally $_" } }
        $limit = [datetime]::UtcNow.AddSeconds(60)
        while ($inside.Count -lt 20 -and [datetime]::UtcNow -lt $limit) { Start-Sleep -Milliseconds 50 }
        $inside.Count | Should -Be 20
        $tasks | Stop-AsyncTask
        $results = $tasks | Wait-AsyncTask -ErrorAction Ignore
        $results.Output | Sort-Object -Unique | Should -HaveCount 20
        Stop-EventLoopPool -Name twenty
    }
}

Describe 'A task that waits for another one' {
    It 'gets its result, though that is suspended on the same loop [<_>]' -ForEach $pools {
        $with = $_
        Invoke-Text "`$first = Submit-AsyncTask $with { Start-Sleep -Milliseconds 300; 'slept' }
            Submit-AsyncTask $with { (Wait-AsyncTask `$using:first).Output } | Wait-AsyncTask -TimeoutSeconds 30 | ForEach-Object Output" | Should -Be 'slept'
    }
}

Describe 'Code that does not return' {
    It 'is left behind by Stop-EventLoopPool -Force, and the others on its loop end with their finally blocks' {
        $one = New-EventLoopPool 1
        $inside = [Collections.Concurrent.ConcurrentBag[int]]::new()
        $tasks = @(1..3 | Submit-AsyncTask -Pool $one { try { ($using:inside).Add($_); Start-Sleep 600 } finally { "finally $_" } })
        $tasks += Submit-AsyncTask -Pool $one { ($using:inside).Add(4); [Threading.Thread]::Sleep(20000) }
        $limit = [datetime]::UtcNow.AddSeconds(60)
        while ($inside.Count -lt 4 -and [datetime]::UtcNow -lt $limit) { Start-Sleep -Milliseconds 50 }
        $inside.Count | Should -Be 4
        Stop-EventLoopPool $one -Force
        $null = $tasks | Wait-AsyncTask -ErrorAction Ignore
        $tasks.Result.Status | Should -Be 'Stopped', 'Stopped', 'Stopped', 'Abandoned'
        $tasks[0..2].Result.Output | Should -Be 'finally 1', 'finally 2', 'finally 3'
        $one.AbandonedCount | Should -Be 1
    }

    It 'makes its pool refuse tasks when 64 threads are left behind, until some come back' {
        $gate = [Threading.ManualResetEventSlim]::new()
        $many = New-EventLoopPool 32
        try {
            foreach ($round in 1, 2) {
                1..32 | Submit-AsyncTask -Pool $many -TimeoutSeconds 0.1 { ($using:gate).Wait() } | Wait-AsyncTask -ErrorAction Ignore | Out-Null
            }
            $many.AbandonedCount | Should -BeGreaterOrEqual 60
            { Submit-AsyncTask -Pool $many { 1 } } | Should -Throw -ErrorId 'TooManyAbandonedThreads*'
            { 1 | Invoke-AsyncMultiple -Pool $many { 1 } } | Should -Throw '*left behind*'
            $other = New-EventLoopPool 1
            Invoke-AsyncTask -Pool $other { 'other pools go on' } | Should -Be 'other pools go on'
            Stop-EventLoopPool $other
        }
        finally { $gate.Set() }
        $limit = [datetime]::UtcNow.AddSeconds(60)
        while ($many.AbandonedCount -and [datetime]::UtcNow -lt $limit) { Start-Sleep -Milliseconds 50 }
        Invoke-AsyncTask -Pool $many { 'taken again' } | Should -Be 'taken again'
        Stop-EventLoopPool $many
    }
}

Describe 'A constrained session' {
    BeforeAll {
        $state = [initialsessionstate]::CreateDefault2()
        $state.ImportPSModule("$PSScriptRoot/../../AsyncExecutors.psd1")
        $state.LanguageMode = 'ConstrainedLanguage'
        $state.Commands.Add([Management.Automation.Runspaces.SessionStateFunctionEntry]::new('Invoke-Trusted', 'param($block) Invoke-AsyncTask $block'))
        $shell = [powershell]::Create($state)
        $shell.Runspace.SessionStateProxy.SetVariable('task', [Threading.Tasks.Task]::FromResult(5))
    }

    AfterAll { $shell.Runspace.Dispose(); $shell.Dispose() }

    BeforeEach { $shell.Commands.Clear(); $shell.Streams.ClearStreams() }

    It 'is refused <_>' -ForEach @(
        "Invoke-AsyncTask { [IO.Directory]::Exists('/') }"
        "Invoke-Trusted { [IO.Directory]::Exists('/') }"
        "Invoke-AsyncTask { `$null = await `$using:task; [IO.Directory]::Exists('/') }"
        "Invoke-AsyncTask { `$ExecutionContext.SessionState.LanguageMode = 'FullLanguage' }"
    ) {
        $shell.AddScript($_).Invoke() | Should -Not -Contain $true
        $shell.Streams.Error.Count | Should -Be 1
    }

    It 'runs what it may' {
        $shell.AddScript("Invoke-Trusted { 1 + 1 }; await `$task; Invoke-AsyncTask { await `$using:task }").Invoke() | Should -Be 2, 5, 5
    }
}

Describe 'Removing the module' {
    It 'stops its pools, and the module can be imported again' {
        $kept = New-EventLoopPool 2
        $task = Submit-AsyncTask -Pool $kept { Start-Sleep 600 }
        Import-Module "$PSScriptRoot/../../AsyncExecutors.psd1" -Force
        $kept.IsStopped | Should -BeTrue
        (Wait-AsyncTask $task -ErrorAction Ignore).Status | Should -Be 'Stopped'
        Invoke-AsyncTask { 'again' } | Should -Be 'again'
    }
}
