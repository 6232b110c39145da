# The results as a CSV: one row for each counted run.

function Format-CsvField($Value) {
    $text = $Value -is [IFormattable] ? $Value.ToString($null, [cultureinfo]::InvariantCulture) : "$Value"
    $text -match '[",\n]' ? "`"$($text.Replace('"', '""'))`"" : $text
}

function Format-Csv([hashtable[]] $Comparisons) {
    'comparison,contender,items,round,seconds,items_per_second,allocated_bytes_per_item,peak_mb_of_process'
    foreach ($comparison in $Comparisons) {
        foreach ($contender in $comparison.Present) {
            $round = 0
            foreach ($run in $contender.Runs) {
                $round++
                $fields = $comparison.Title, $contender.Name, $contender.Items, $round, [Math]::Round($run.Seconds, 7), [Math]::Round($run.Rate, 2),
                    [Math]::Round($run.Allocated, 1), ($contender.NewProcess ? [Math]::Round($run.Peak / 1MB, 1) : '')
                @($fields | ForEach-Object { Format-CsvField $_ }) -join ','
            }
        }
    }
}
