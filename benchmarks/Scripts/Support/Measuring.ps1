# Runs contenders and says what each run took.
#
# A contender is a hashtable:
#   Name     as in the tables
#   Items    how many blocks one run has
#   Code     runs them and writes what they write: a block that gets Items, and what Before gave
#   Before   optional: a block that prepares a run, outside the clock
#   After    optional: a block that gets what Before gave, after the clock has stopped
#   Results  how many results there must be; Items if absent
#   Sum      what they must add up to; twice the sum of 1 to Items if absent
#   Streams  true when the output goes on down the pipeline, to Out-Null, as it is written; if absent, all of it is kept
#   Module   optional: the modules of which one must be importable, and work
#   NewProcess  whether each run has a process of its own; Code and Before then see nothing but the root, $root
#   Key      optional: how the comparison's figures call it
#   Series, X   optional: the line in the plot, and where on it
# Measuring adds Runs, one per counted round, and the medians Seconds, Rate, Allocated and Peak.

# For long pipelines: how many results came, and what they add up to, without holding them.
function Measure-Output {
    begin { $count = 0; $sum = 0L }
    process { $count++; $sum += $_.Output }
    end { $count; $sum }
}

# One run in this process.
function Measure-Run([hashtable] $Contender) {
    $code = $Contender.Code
    $prepared = if ($Contender.Before) { & $Contender.Before }
    [GC]::Collect()
    [GC]::WaitForPendingFinalizers()
    $process = [Diagnostics.Process]::GetCurrentProcess()
    $threads = $process.Threads.Count
    $allocated = [GC]::GetTotalAllocatedBytes($true)
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $output = if ($Contender.Streams) { & $code $Contender.Items $prepared | Out-Null } else { & $code $Contender.Items $prepared }
    $seconds = $clock.Elapsed.TotalSeconds
    $allocated = [GC]::GetTotalAllocatedBytes($true) - $allocated
    $process.Refresh()
    $peak = $process.PeakWorkingSet64
    $threads = $process.Threads.Count - $threads
    $process.Dispose()
    if ($Contender.Streams) { $output = & $code $Contender.Items $prepared }
    if ($Contender.After) { & $Contender.After $prepared }
    Confirm-Output $Contender $output
    @{
        Seconds = $seconds
        Rate = $Contender.Items / $seconds
        Allocated = $allocated / $Contender.Items
        # Of the process, the peak since its start: properties of the run only where the run has the process to itself.
        Peak = $peak
        Threads = $threads
    }
}

# A wrong count or sum ends the measuring: the time of a wrong answer is worth nothing.
function Confirm-Output([hashtable] $Contender, $Output) {
    $count = 0
    $sum = 0L
    foreach ($item in $Output) {
        $count++
        $sum += if ($item -is [ValueType]) { $item } else { $item.Output }
    }

    $items = [long]$Contender.Items
    $results = $Contender.ContainsKey('Results') ? $Contender.Results : $items
    $right = $Contender.ContainsKey('Sum') ? $Contender.Sum : $items * ($items + 1)
    if ($count -ne $results -or $sum -ne $right) {
        throw "$($Contender.Name): $count results with the sum $sum, not $results with $right."
    }
}

# All contenders take turns within each round, and each round begins with another one.
function Measure-Contender([hashtable[]] $Contenders, [int] $Rounds, [int] $WarmUp) {
    foreach ($contender in $Contenders) { $contender.Runs = [Collections.Generic.List[object]]::new() }
    for ($round = 0; $round -lt $WarmUp + $Rounds; $round++) {
        for ($turn = 0; $turn -lt $Contenders.Count; $turn++) {
            $contender = $Contenders[($turn + $round) % $Contenders.Count]
            $run = if ($contender.NewProcess) { Measure-RunInNewProcess $contender } else { Measure-Run $contender }
            if ($round -ge $WarmUp) { $contender.Runs.Add($run) }
        }
    }

    foreach ($contender in $Contenders) {
        foreach ($what in 'Seconds', 'Rate', 'Allocated', 'Peak') {
            $contender.$what = Get-Median @($contender.Runs | ForEach-Object { $_.$what })
        }
    }
}

# True when the contender's module is there and works here: it is tried with a few items. Says on standard error what is
# left out, and why.
function Test-Contender([hashtable] $Contender) {
    if (-not $Contender.Module) { return $true }
    foreach ($name in $Contender.Module) {
        try {
            Import-Module $name
            $null = & $Contender.Code 4
            return $true
        }
        catch {
            $reason = "$_"
        }
    }

    [Console]::Error.WriteLine("Left out: $($Contender.Name) ($(($reason -split "`n")[0].Trim()))")
    $false
}
