<#
.SYNOPSIS
Measures how many small items a second Invoke-AsyncMultiple runs, beside the other ways to do it.

.DESCRIPTION
Every contender gets the numbers from 1 and doubles each. Those that need milliseconds an item get fewer items; the table
says how many. All contenders take turns within each round, and a round begins with another contender each time, so that
a busy moment of the machine does not fall on one of them. The table has the median of the rounds, the slowest and the
fastest round, and the ratio of the first contender's median to this one's.

Every run's output is checked after the clock has stopped: a wrong sum ends the script.

Runs in pwsh and in src/Host, and so uses no command beyond the PowerShell engine's own. Contenders that cannot be
imported where it runs are named and left out.

.PARAMETER Count
How many items the fast contenders get.

.PARAMETER Rounds
How many rounds are counted.

.PARAMETER WarmUp
How many rounds come before those, not counted.

.PARAMETER OutFile
A Markdown file that gets the table as well, at its end if it exists.

.EXAMPLE
dotnet run --project src/Host --configuration Release -- benchmarks/Scripts/Compare.ps1

.EXAMPLE
pwsh -NoProfile -File benchmarks/Scripts/Compare.ps1 -Rounds 9 -OutFile results.md
#>
param(
    [ValidateRange(1000, 100000000)]
    [int] $Count = 100000,

    [ValidateRange(1, 1000)]
    [int] $Rounds = 7,

    [ValidateRange(1, 100)]
    [int] $WarmUp = 2,

    [string] $OutFile
)

$ErrorActionPreference = 'Stop'
$root = [IO.Path]::GetFullPath([IO.Path]::Combine($PSScriptRoot, '..', '..'))
if (-not (Get-Module AsyncExecutors)) { Import-Module ([IO.Path]::Combine($root, 'AsyncExecutors.psd1')) }

# Name as in the table, the module needed, the items, and the code: it gets how many, and writes results.
$pool = New-EventLoopPool 2
$contenders = @(
    @{
        Name = 'Invoke-AsyncMultiple -Pool $pool (2 loops)'; Items = $Count
        Code = { 1..$args[0] | Invoke-AsyncMultiple -Pool $pool { $_ * 2 } }
    }
    @{
        Name = 'Invoke-AsyncMultiple (default pool)'; Items = $Count
        Code = { 1..$args[0] | Invoke-AsyncMultiple { $_ * 2 } }
    }
    @{
        Name = 'ForEach-Object, sequential'; Items = $Count
        Code = { 1..$args[0] | ForEach-Object { $_ * 2 } }
    }
    @{
        Name = 'ForEach-Object -Parallel -ThrottleLimit 2'; Items = [int]($Count / 50)
        Code = { 1..$args[0] | ForEach-Object -ThrottleLimit 2 -Parallel { $_ * 2 } }
    }
    @{
        Name = 'Start-ThreadJob -ThrottleLimit 2'; Module = 'Microsoft.PowerShell.ThreadJob', 'ThreadJob'; Items = [int]($Count / 1000)
        Code = {
            $jobs = foreach ($number in 1..$args[0]) { Start-ThreadJob -ThrottleLimit 2 -ArgumentList $number { $args[0] * 2 } }
            Receive-Job $jobs -Wait -AutoRemoveJob
        }
    }
    @{
        Name = 'PSParallelPipeline: Invoke-Parallel -ThrottleLimit 2'; Module = 'PSParallelPipeline'; Items = [int]($Count / 50)
        Code = { 1..$args[0] | Invoke-Parallel -ThrottleLimit 2 { $_ * 2 } }
    }
    @{
        Name = 'SplitPipeline: Split-Pipeline -Count 2, one part an item (-Load 1,1)'; Module = 'SplitPipeline'; Items = [int]($Count / 20)
        Code = { 1..$args[0] | Split-Pipeline -Count 2 -Load 1, 1 { process { $_ * 2 } } }
    }
    @{
        Name = 'SplitPipeline: Split-Pipeline -Count 2, two parts in all'; Module = 'SplitPipeline'; Items = $Count
        Code = { 1..$args[0] | Split-Pipeline -Count 2 { process { $_ * 2 } } }
    }
    @{
        Name = 'PoshRSJob: Start-RSJob -Throttle 2'; Module = 'PoshRSJob'; Items = [int]($Count / 200)
        Code = {
            1..$args[0] | Start-RSJob -Throttle 2 { $_ * 2 } | Wait-RSJob | Receive-RSJob
            Get-RSJob | Remove-RSJob -Force
        }
    }
)

# True when the contender's module is there and works here: it is tried with a few items.
function Test-Contender {
    $contender = $args[0]
    if (-not $contender.Module) { return $true }
    foreach ($name in $contender.Module) {
        try {
            Import-Module $name
            $code = $contender.Code
            $null = & $code 4
            $script:versions["$name $((Get-Module $name).Version)"] = $true
            return $true
        }
        catch {
            $reason = "$_"
        }
    }

    [Console]::Error.WriteLine("Left out: $($contender.Name) ($(($reason -split "`n")[0].Trim()))")
    $false
}

function Measure-Contender {
    $contender = $args[0]
    $code = $contender.Code
    [GC]::Collect()
    [GC]::WaitForPendingFinalizers()
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $output = & $code $contender.Items
    $seconds = $clock.Elapsed.TotalSeconds
    $sum = [long]0
    $results = 0
    foreach ($item in $output) {
        $results++
        $sum += if ($item -is [AsyncExecutors.TaskResult]) { $item.Output } else { $item }
    }

    $right = [long]$contender.Items * ($contender.Items + 1)
    if ($results -ne $contender.Items -or $sum -ne $right) {
        throw "$($contender.Name): $results results with the sum $sum, not $($contender.Items) with $right."
    }

    $contender.Items / $seconds
}

function Format-Rate { $args[0].ToString($(if ($args[0] -lt 100) { '0.0' } else { '#,0' }), [cultureinfo]::InvariantCulture) }

function Format-Ratio {
    $format = if ($args[0] -lt 10) { '0.00' } else { '#,0' }
    $args[0].ToString($format, [cultureinfo]::InvariantCulture)
}

# How busy the machine was, where the system says so: over the last minute, so at the end it includes this script.
function Get-Load {
    if ([IO.File]::Exists('/proc/loadavg')) { return ([IO.File]::ReadAllText('/proc/loadavg') -split ' ')[0] }
}

function Get-Processor {
    if ([IO.File]::Exists('/proc/cpuinfo')) {
        foreach ($line in [IO.File]::ReadLines('/proc/cpuinfo')) {
            if ($line -match '^model name\s*:\s*(.+)$') { return "$($Matches[1]), " }
        }
    }
}

$versions = [ordered]@{}
$present = @($contenders | Where-Object { Test-Contender $_ })
$loadBefore = Get-Load
foreach ($contender in $present) { $contender.Rates = [Collections.Generic.List[double]]::new() }
for ($round = 1 - $WarmUp; $round -le $Rounds; $round++) {
    [Console]::Error.WriteLine($(if ($round -le 0) { 'Warm-up ...' } else { "Round $round of $Rounds ..." }))
    for ($turn = 0; $turn -lt $present.Count; $turn++) {
        $contender = $present[($turn + $round + $WarmUp) % $present.Count]
        $rate = Measure-Contender $contender
        if ($round -gt 0) { $contender.Rates.Add($rate) }
    }
}

Stop-EventLoopPool $pool

foreach ($contender in $present) {
    $contender.Rates.Sort()
    $contender.Median = if ($Rounds % 2) { $contender.Rates[($Rounds - 1) / 2] }
    else { ($contender.Rates[$Rounds / 2 - 1] + $contender.Rates[$Rounds / 2]) / 2 }
}

$build = [AsyncExecutors.TaskResult].Assembly.GetCustomAttributes([Reflection.AssemblyConfigurationAttribute], $false).Configuration
$where = if (Get-Command Start-Sleep -CommandType Cmdlet -ErrorAction Ignore) { 'pwsh' } else { 'src/Host' }
$first = $present[0].Median
$lines = @(
    "### $where, PowerShell $($PSVersionTable.PSVersion), $([DateTime]::UtcNow.ToString('yyyy-MM-dd'))"
    ''
    "$(Get-Processor)$([Environment]::ProcessorCount) cores; $([Runtime.InteropServices.RuntimeInformation]::OSDescription.Trim()); $([Runtime.InteropServices.RuntimeInformation]::FrameworkDescription)."
    "AsyncExecutors $((Get-Module AsyncExecutors).Version) ($build build)$(if ($versions.Count) { '; ' + ($versions.Keys -join ', ') })."
    "Median of $Rounds rounds after $WarmUp to warm up.$(if ($loadBefore) { " Load of the machine before: $loadBefore, after: $(Get-Load)." })"
    ''
    '| contender | items a round | items/s | slowest – fastest round | Invoke-AsyncMultiple is so many times as fast |'
    '|---|---:|---:|---:|---:|'
    foreach ($contender in $present) {
        $rates = $contender.Rates
        "| $($contender.Name) | $(Format-Rate $contender.Items) | $(Format-Rate $contender.Median) | $(Format-Rate $rates[0]) – $(Format-Rate $rates[$rates.Count - 1]) | $(Format-Ratio ($first / $contender.Median)) |"
    }
    ''
    foreach ($contender in $present) {
        if ($contender.Name -like 'ForEach-Object -Parallel*') {
            "Wanted: at least 100,000 items/s (measured $(Format-Rate $first)) and 100 times ForEach-Object -Parallel (measured $(Format-Ratio ($first / $contender.Median)))."
        }
    }
)

$lines
if ($OutFile) { [IO.File]::AppendAllText([IO.Path]::Combine($PWD.ProviderPath, $OutFile), ($lines -join "`n") + "`n`n") }
