# The results as Markdown.

function Format-Cell([string] $Text) { $Text.Replace('|', '\|') }

# The figures to reach, of all comparisons.
function Format-FigureTable([hashtable[]] $Comparisons) {
    '| figure | wanted | measured, median (lowest – highest round) | reached |'
    '|---|---:|---:|---|'
    foreach ($comparison in $Comparisons) {
        foreach ($figure in $comparison.Reached) {
            "| $(Format-Cell $figure.What) | $($figure.Wanted) | $($figure.Measured) | $($figure.Reached) |"
        }
    }
}

# The contenders of one comparison.
function Format-ContenderTable([hashtable] $Comparison) {
    $contenders = $Comparison.Present
    $peak = @($contenders | Where-Object { $_.NewProcess }).Count -gt 0
    $ratio = $Comparison.Chart -ne 'Lines'
    $columns = @('contender', 'items', 'ms', 'items/s', 'slowest – fastest round', 'KB allocated an item')
    if ($ratio) { $columns += 'the first is so many times as fast' }
    if ($peak) { $columns += 'MB of the process at its peak' }
    "| $($columns -join ' | ') |"
    "|---|$('---:|' * ($columns.Count - 1))"
    foreach ($contender in $contenders) {
        $rates = [double[]]@($contender.Runs | ForEach-Object { $_.Rate })
        $cells = @(
            Format-Cell $contender.Name
            Format-Number $contender.Items '#,0'
            Format-Short ($contender.Seconds * 1000)
            Format-Short $contender.Rate
            "$(Format-Short ([Linq.Enumerable]::Min($rates))) – $(Format-Short ([Linq.Enumerable]::Max($rates)))"
            Format-Short ($contender.Allocated / 1KB)
        )
        if ($ratio) { $cells += Format-Short (Get-Median (Get-RateRatio $contenders[0] $contender)) }
        if ($peak) { $cells += $contender.NewProcess ? (Format-Short ($contender.Peak / 1MB)) : '' }
        "| $($cells -join ' | ') |"
    }
}

# The whole page. Charts: the names of the SVG files by the comparison's title.
function Format-Page([string] $Heading, [string[]] $Machine, [hashtable[]] $Comparisons, [hashtable] $Charts) {
    "# $Heading"
    ''
    $Machine
    ''
    '## Figures to reach'
    ''
    Format-FigureTable $Comparisons
    foreach ($comparison in $Comparisons) {
        ''
        "## $($comparison.Title)"
        ''
        $comparison.About
        ''
        if ($comparison.Present) { Format-ContenderTable $comparison } else { "Not measured: $($comparison.LeftOut)." }
        foreach ($file in $Charts[$comparison.Title]) {
            ''
            "![$($comparison.Title)]($file)"
        }
    }
}
