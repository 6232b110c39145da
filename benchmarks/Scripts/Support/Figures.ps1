# A figure to reach: what was wanted, what came of it.
#
# Values: one for each round, or one in all; none when it could not be measured. AtLeast or AtMost: the figure. Format: how
# the values are written. Without: what is said when there are no values.
function New-Figure {
    param([string] $What, $Values, $AtLeast, $AtMost, [string] $Format = '0.00', [string] $Without = 'a contender is missing')

    $values = [double[]]@($Values | Where-Object { $null -ne $_ })
    $median = Get-Median $values
    $reached = if ($null -eq $median) { 'not measured' }
    elseif ($null -ne $AtLeast) { $median -ge $AtLeast ? 'yes' : 'no' }
    else { $median -le $AtMost ? 'yes' : 'no' }

    $measured = if ($null -eq $median) { "– ($Without)" }
    else {
        $text = Format-Number $median $Format
        if ($values.Count -gt 1) {
            $text += " ($(Format-Number ([Linq.Enumerable]::Min($values)) $Format) – $(Format-Number ([Linq.Enumerable]::Max($values)) $Format))"
        }
        $text
    }

    @{
        What = $What
        Wanted = $null -ne $AtLeast ? "at least $(Format-Number $AtLeast $Format)" : "at most $(Format-Number $AtMost $Format)"
        Measured = $measured
        Reached = $reached
    }
}
