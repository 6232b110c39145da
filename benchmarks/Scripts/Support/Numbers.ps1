# Numbers as the results have them: alike on every machine, whatever its culture.

function Format-Number([double] $Number, [string] $Format) { $Number.ToString($Format, [cultureinfo]::InvariantCulture) }

# Three significant digits, or all before the point.
function Format-Short([double] $Number) {
    $size = [Math]::Abs($Number)
    Format-Number $Number $(if ($size -ge 100) { '#,0' } elseif ($size -ge 10) { '0.0' } elseif ($size -ge 1) { '0.00' } else { '0.000' })
}
