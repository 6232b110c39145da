<#
.SYNOPSIS
Measures blocks that wait: how long many take together, how much memory each needs, and what an await costs.

.DESCRIPTION
The first table has blocks that wait for half a second, as many at once as each contender can run in reasonable time. The
second has what five awaits of a task that has ended add to a block. Contenders take turns within each round; the tables
have medians. Every run's output is checked after its clock has stopped.

Runs in pwsh and in src/Host.

.PARAMETER Count
How many blocks wait at once.

.PARAMETER Rounds
How many rounds are counted, after one that is not.

.EXAMPLE
pwsh -NoProfile -File benchmarks/Scripts/Await.ps1

.EXAMPLE
dotnet run --project src/Host --configuration Release -- benchmarks/Scripts/Await.ps1 -Count 100000 -Rounds 1
#>
param(
    [ValidateRange(100, 1000000)]
    [int] $Count = 10000,

    [ValidateRange(1, 1000)]
    [int] $Rounds = 5
)

$ErrorActionPreference = 'Stop'
$root = [IO.Path]::GetFullPath([IO.Path]::Combine($PSScriptRoot, '..', '..'))
if (-not (Get-Module AsyncExecutors)) { Import-Module ([IO.Path]::Combine($root, 'AsyncExecutors.psd1')) }

function Get-Median([double[]] $values) {
    $sorted = [Linq.Enumerable]::ToArray([Linq.Enumerable]::Order($values))
    ($sorted[[int][Math]::Floor(($sorted.Count - 1) / 2)] + $sorted[[int][Math]::Floor($sorted.Count / 2)]) / 2
}

# Runs once and gives seconds, KB allocated, and how many threads more than before there were at the most.
function Measure-Run([hashtable] $contender) {
    [GC]::Collect()
    $process = [Diagnostics.Process]::GetCurrentProcess()
    $threads = $process.Threads.Count
    $allocated = [GC]::GetTotalAllocatedBytes($true)
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $results = & $contender.Code $contender.Items
    $seconds = $clock.Elapsed.TotalSeconds
    $process.Refresh()
    if (@($results).Count -ne $contender.Items) { throw "$($contender.Name) gave $(@($results).Count) of $($contender.Items) results." }
    @{
        Seconds = $seconds
        Memory = ([GC]::GetTotalAllocatedBytes($true) - $allocated) / 1KB / $contender.Items
        Threads = [Math]::Max(0, $process.Threads.Count - $threads)
    }
}

function Measure-Contenders([hashtable[]] $contenders) {
    foreach ($contender in $contenders) { $contender.Runs = [Collections.Generic.List[object]]::new() }
    for ($round = 0; $round -le $Rounds; $round++) {
        for ($i = 0; $i -lt $contenders.Count; $i++) {
            $contender = $contenders[($i + $round) % $contenders.Count]
            $run = Measure-Run $contender
            if ($round -gt 0) { $contender.Runs.Add($run) }
        }
    }
}

$pool = New-EventLoopPool 2
$waiting = @(
    @{
        Name = 'await in Invoke-AsyncMultiple, pool of 2'; Items = $Count
        Code = { 1..$args[0] | Invoke-AsyncMultiple -Pool $pool -MaxWorkers $args[0] { await ([Threading.Tasks.Task]::Delay(500)); $_ } }
    }
    @{
        Name = 'Start-Sleep in Invoke-AsyncMultiple, pool of 2'; Items = $Count
        Code = { 1..$args[0] | Invoke-AsyncMultiple -Pool $pool -MaxWorkers $args[0] { Start-Sleep -Milliseconds 500; $_ } }
    }
    @{
        Name = 'ForEach-Object -Parallel -ThrottleLimit 100'; Items = [Math]::Min($Count, 400)
        Code = { 1..$args[0] | ForEach-Object -ThrottleLimit 100 -Parallel { [Threading.Thread]::Sleep(500); $_ } }
    }
)
try {
    Import-Module Microsoft.PowerShell.ThreadJob
    $waiting += @{
        Name = 'Start-ThreadJob -ThrottleLimit 100'; Items = [Math]::Min($Count, 400)
        Code = {
            $jobs = foreach ($i in 1..$args[0]) { Start-ThreadJob -ThrottleLimit 100 { [Threading.Thread]::Sleep(500); $using:i } }
            $jobs | Receive-Job -Wait -AutoRemoveJob
        }
    }
}
catch {
    [Console]::Error.WriteLine("Left out, not importable here: Start-ThreadJob ($_)")
}

$ended = [Threading.Tasks.Task]::FromResult(1)
$computing = @(
    @{
        Name = 'five awaits of a task that has ended'; Items = 10000
        Code = {
            1..$args[0] | Invoke-AsyncMultiple -Pool $pool {
                $t = $using:ended
                $a = await $t; $b = await $t; $c = await $t; $d = await $t; $e = await $t
                $a + $b + $c + $d + $e
            }
        }
    }
    @{
        Name = 'the same block without awaits'; Items = 10000
        Code = {
            1..$args[0] | Invoke-AsyncMultiple -Pool $pool {
                $t = $using:ended
                $a = $t.Result; $b = $t.Result; $c = $t.Result; $d = $t.Result; $e = $t.Result
                $a + $b + $c + $d + $e
            }
        }
    }
)

Measure-Contenders $waiting
'| blocks that wait 500 ms | blocks | seconds | blocks/s | KB a block | threads more |'
'|---|---:|---:|---:|---:|---:|'
foreach ($contender in $waiting) {
    $seconds = Get-Median @($contender.Runs | ForEach-Object { $_.Seconds })
    '| {0} | {1:n0} | {2:n2} | {3:n0} | {4:n1} | {5} |' -f $contender.Name, $contender.Items, $seconds, ($contender.Items / $seconds),
        (Get-Median @($contender.Runs | ForEach-Object { $_.Memory })), [int](Get-Median @($contender.Runs | ForEach-Object { $_.Threads }))
}

Measure-Contenders $computing
''
'| 10,000 blocks | microseconds a block |'
'|---|---:|'
foreach ($contender in $computing) {
    '| {0} | {1:n1} |' -f $contender.Name, ((Get-Median @($contender.Runs | ForEach-Object { $_.Seconds })) / $contender.Items * 1000000)
}
Stop-EventLoopPool $pool
