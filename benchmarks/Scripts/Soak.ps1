<#
.SYNOPSIS
Keeps several pools under mixed load, with stops and timeouts at random, and checks that every task has one result.

.DESCRIPTION
Each round hands all pools tasks that return, fail, sleep, await and never end; runs one call of Invoke-AsyncMultiple
beside them; stops some of the tasks; stops some pool, with or without -Force, and makes another in its place. Now and
then code that cannot be stopped holds a thread. Then it counts: as many results as tasks, and none twice.

Writes a line with threads and memory before and after. Exit code 1 when a task has no result, or more than one.

Runs in pwsh and in src/Host, and so uses no command beyond the PowerShell engine's own.

.PARAMETER Seconds
How long.

.PARAMETER Pools
How many pools.

.PARAMETER Seed
Chooses what is done when; the machine chooses the rest. By default another one each time; the first line tells it.

.EXAMPLE
dotnet run --project src/Host --configuration Release -- benchmarks/Scripts/Soak.ps1

.EXAMPLE
pwsh -NoProfile -File benchmarks/Scripts/Soak.ps1 -Seconds 600
#>
param(
    [ValidateRange(1, 86400)]
    [int] $Seconds = 60,

    [ValidateRange(1, 16)]
    [int] $Pools = 4,

    [int] $Seed = [Environment]::TickCount
)

$ErrorActionPreference = 'Stop'
. ([IO.Path]::Combine($PSScriptRoot, 'Support', 'Module.ps1'))

$random = [Random]::new($Seed)
$script:tasks = 0
$script:results = 0
$script:faults = [Collections.Generic.List[string]]::new()
$statuses = @{}

# What an item does; the two that take long end by their timeouts.
$work = {
    switch ($_ % 8) {
        0 { $_ }
        1 { [Threading.Tasks.Task]::Delay(3) }
        2 { [Threading.Thread]::Sleep(2); $_ }
        3 { throw "Item $_ fails." }
        4 { try { $_ } finally { $null = 1..50 } }
        5 { foreach ($number in 1..500) { $number } }
        6 { [Threading.Tasks.Task]::Delay(60000) }
        7 { while ($true) { [Threading.Thread]::Sleep(1) } }
    }
}

function New-Pool { New-EventLoopPool $random.Next(1, 4) }

function Write-State {
    [GC]::Collect()
    [GC]::WaitForPendingFinalizers()
    [GC]::Collect()
    $process = [Diagnostics.Process]::GetCurrentProcess()
    '{0}: {1} threads, {2:0.0} MB managed, {3:0.0} MB resident' -f $args[0], $process.Threads.Count,
        ([GC]::GetTotalMemory($true) / 1MB), ($process.WorkingSet64 / 1MB)
    $process.Dispose()
}

# Counts the results of so many tasks.
function Add-Results {
    $expected, $what, $written = $args
    $names = [Collections.Generic.HashSet[string]]::new()
    foreach ($result in $written) {
        $statuses["$($result.Status)"]++
        if (-not $names.Add($result.Name)) { $script:faults.Add("$what`: $($result.Name) has two results.") }
    }

    $script:tasks += $expected
    $script:results += $names.Count
    if ($names.Count -ne $expected) { $script:faults.Add("$what`: $expected tasks, $($names.Count) results.") }
}

function Invoke-Round {
    $submitted = @(
        foreach ($pool in $all) {
            1..$random.Next(1, 40) | Submit-AsyncTask -Pool $pool -TimeoutSeconds ($random.Next(1, 200) / 1000) $work
        }

        if ($random.Next(8) -eq 0) {
            # Cannot be stopped: its thread is left behind for a while.
            Submit-AsyncTask -Pool $all[$random.Next($all.Count)] -TimeoutSeconds 0.05 { [Threading.Thread]::Sleep(1500) }
        }
    )

    $count = $random.Next(1, 200)
    $limits = @{ MaxWorkers = $random.Next(1, 64); TaskTimeoutSeconds = $random.Next(1, 50) / 1000 }
    if ($random.Next(2)) { $limits.Pool = $all[$random.Next($all.Count)] }
    if ($random.Next(4)) {
        Add-Results $count 'Invoke-AsyncMultiple' @(1..$count | Invoke-AsyncMultiple @limits -ErrorAction Ignore $work)
    }
    else {
        # Left at the first failure.
        try { $null = 1..$count | Invoke-AsyncMultiple @limits -ErrorAction Stop $work } catch { $statuses.Left++ }
    }

    foreach ($task in $submitted) {
        if ($random.Next(6) -eq 0) { Stop-AsyncTask $task }
    }

    if ($random.Next(3) -eq 0) {
        $place = $random.Next($all.Count)
        Stop-EventLoopPool $all[$place] -Force:($random.Next(2) -eq 0) -NoWait:($random.Next(2) -eq 0)
        $all[$place] = New-Pool
    }

    Add-Results $submitted.Count 'Submit-AsyncTask' @($submitted | Wait-AsyncTask -TimeoutSeconds 60 -ErrorAction Ignore)
}

"Seed $Seed, $Seconds s, $Pools pools."
$all = @(foreach ($number in 1..$Pools) { New-Pool })
Invoke-Round
Write-State 'Before'
$rounds = 1
$clock = [Diagnostics.Stopwatch]::StartNew()
while ($clock.Elapsed.TotalSeconds -lt $Seconds) {
    Invoke-Round
    $rounds++
}

Get-EventLoopPool | Stop-EventLoopPool

# What could not be stopped comes back by itself.
[Threading.Thread]::Sleep(2000)
Write-State 'After'
$told = foreach ($status in $statuses.Keys | ForEach-Object { $_ }) { "$($statuses[$status]) $status" }
"$rounds rounds: $script:tasks tasks, $script:results results ($($told -join ', '))."
foreach ($fault in $script:faults) { [Console]::Error.WriteLine($fault) }
if ($script:faults.Count) { exit 1 }
