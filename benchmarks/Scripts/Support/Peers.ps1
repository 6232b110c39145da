# What several comparisons have in common of the other modules.

# The module has had two names.
$threadJobModules = 'Microsoft.PowerShell.ThreadJob', 'ThreadJob'

# A job for each number, so many at once; $_ is the number in the block's text.
function New-ThreadJobLine([int] $Limit, [string] $Block) {
    [scriptblock]::Create(
        "`$jobs = foreach (`$number in 1..`$args[0]) { Start-ThreadJob -ThrottleLimit $Limit -ArgumentList `$number { `$_ = `$args[0]; $Block } }" +
        "`nReceive-Job `$jobs -Wait -AutoRemoveJob")
}

# Its jobs stay until they are removed.
$rsJobLine = {
    1..$args[0] | Start-RSJob -Throttle 2 { $_ * 2 } | Wait-RSJob | Receive-RSJob
    Get-RSJob | Remove-RSJob -Force
}
