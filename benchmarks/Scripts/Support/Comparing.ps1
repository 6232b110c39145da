# Each script in Comparisons/ gives one or more comparisons, each a hashtable:
#   Title, About  what the page says
#   Contenders    see Measuring.ps1
#   Figures       a block that gets the contenders by their keys, all of them, and the comparison; gives what New-Figure makes
#   Chart         optional: Bars, the contenders' rates; or Lines, a series' cost of one unit over its X
#   Across        of Lines: what the X counts
#   MostRounds    optional: not more rounds than that, since one takes seconds
#   LeftOut       why it cannot be measured here, if so
# The script knows $Quick, $root and the functions beside this one.

# Measures a script's comparisons; adds Present, the contenders that were measured, and Reached, the figures.
function Invoke-Comparison([string] $Path, [int] $Rounds, [int] $WarmUp, [switch] $Quick) {
    # The script's variables live in here, so that its blocks find them and the next script does not.
    foreach ($comparison in . $Path) {
        [Console]::Error.WriteLine("$($comparison.Title) ...")
        if ($comparison.LeftOut) { [Console]::Error.WriteLine("Left out: $($comparison.Title) ($($comparison.LeftOut))") }
        $comparison.Present = @($comparison.Contenders | Where-Object { Test-Contender $_ })
        if ($comparison.Present) { Measure-Contender $comparison.Present ([Math]::Min($Rounds, $comparison.MostRounds ?? $Rounds)) $WarmUp }
        $keyed = @{}
        foreach ($contender in $comparison.Present) { if ($contender.Key) { $keyed[$contender.Key] = $contender } }
        $comparison.Reached = @(& $comparison.Figures $keyed $comparison.Present $comparison)
        $comparison
    }
}
