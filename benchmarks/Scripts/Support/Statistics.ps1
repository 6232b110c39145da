# What repeated rounds say together. A value that could not be measured is absent, never 0.

function Get-Median([double[]] $Values) {
    if ($Values.Count -eq 0) { return }
    $sorted = [Linq.Enumerable]::ToArray([Linq.Enumerable]::Order($Values))
    ($sorted[[int][Math]::Floor(($sorted.Count - 1) / 2)] + $sorted[[int][Math]::Floor($sorted.Count / 2)]) / 2
}

# One value for each round in which both contenders ran: what $Value makes of their two runs, if anything. Contenders take turns within
# a round, so a busy moment of the machine mostly falls on both, and leaves the ratio as it is.
function Join-Round($First, $Second, [scriptblock] $Value) {
    if (-not $First -or -not $Second) { return }
    for ($i = 0; $i -lt [Math]::Min($First.Runs.Count, $Second.Runs.Count); $i++) {
        & $Value $First.Runs[$i] $Second.Runs[$i]
    }
}

# So many times as many items a second.
function Get-RateRatio($First, $Second) { Join-Round $First $Second { $args[0].Rate / $args[1].Rate } }

# The greatest growth of what one unit costs, from one size to the next, of contenders ordered by their X. 1 is linear, and
# less is better than that. Sizes below $From tell what a call costs, not what a unit does.
function Get-Growth($Contenders, [double] $From) {
    $greatest = $null
    $before = $null
    foreach ($contender in $Contenders) {
        if ($contender.X -lt $From) { continue }
        $cost = $contender.Seconds / $contender.X
        if ($before) { $greatest = [Math]::Max([double]$greatest, $cost / $before) }
        $before = $cost
    }
    $greatest
}
