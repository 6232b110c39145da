<#
.SYNOPSIS
Tries what differs from one PowerShell version to the next, and says with which engine.

.DESCRIPTION
Uses nothing beyond the engine, so that it runs in pwsh and in src/Host alike. Ends with the exit code 1 when something
is not as it should be.

    pwsh -NoProfile -File tests/Compatibility/Smoke.ps1
    dotnet run --project src/Host -- tests/Compatibility/Smoke.ps1
    dotnet run --project src/Host -p:PowerShellEngine=7.4.13 -- tests/Compatibility/Smoke.ps1

.PARAMETER Manifest
The module to try; the one that the build has left in the repository when it is not given.
#>
param([string] $Manifest = "$PSScriptRoot/../../AsyncExecutors.psd1")

$ErrorActionPreference = 'Stop'
Import-Module $Manifest
$failed = 0
$checks = 0

function Check([string] $What, $Actual, $Expected) {
    $script:checks++
    if ("$Actual" -ne "$Expected") {
        $script:failed++
        [Console]::Error.WriteLine("$($What): '$Actual' instead of '$Expected'.")
    }
}

$results = 1..20 | Invoke-AsyncMultiple -Ordered { $_ * 2 }
Check 'output in order' ($results.Output -join ',') ((1..20 | ForEach-Object { $_ * 2 }) -join ',')

# The engine's own way to invoke a block: the public one loses what was written before a failure.
$result = 'in' | Invoke-AsyncMultiple -ErrorAction Ignore { 'before'; throw 'broken' }
Check 'a failure' $result.Status 'Failed'
Check 'output before a failure' $result.Output 'before'
Check 'the error' $result.Exception.Message 'broken'
Check 'its position' $result.Errors[0].InvocationInfo.ScriptLineNumber 35

# The engine's scopes: without them await holds the loop's thread, and the first block would wait for ever.
$gate = [System.Threading.Tasks.TaskCompletionSource[int]]::new()
$pool = New-EventLoopPool 1
$results = 1, 2 | Invoke-AsyncMultiple -Pool $pool -TaskTimeoutSeconds 60 {
    $number = $_
    if ($number -eq 1) { $got = await ($using:gate).Task; "$number got $got" } else { ($using:gate).SetResult(5); "$number gave" }
}
Check 'await suspends' ($results.Output -join ', ') '2 gave, 1 got 5'
Check 'on one thread' $pool.EventLoops.Count 1

# A block that waits on a loop that is given up takes its scope to the next loop's runspace.
$gate = [System.Threading.Tasks.TaskCompletionSource[int]]::new()
$own = New-EventLoopPool 1
$waiting = Submit-AsyncTask -Pool $own { function F($x) { "F$x$y" }; $y = 'y'; $got = await ($using:gate).Task; F $got }
Check 'code that does not end' (Submit-AsyncTask -Pool $own -TimeoutSeconds 0.1 { [System.Threading.Thread]::Sleep(60000) } | Wait-AsyncTask -ErrorAction Ignore).Status 'TimedOut'
$gate.SetResult(5)
Check 'a block that waited on its loop' (await $waiting) 'F5y'
Stop-EventLoopPool $own

# The default pool is reset between calls, which has left another $? behind.
foreach ($call in 1..2) {
    $written = Invoke-AsyncTask { $global:used = 1; await ([timespan]::Zero); Get-Command no-such-command -ErrorAction Ignore; $?; $? }
    Check "`$? in a block that awaits, call $call" ($written -join ', ') 'False, True'
}

$table = @{ Key = 'value' }
Check '$using:' (Invoke-AsyncTask { $using:table.Key; & { ($using:table).Count } }) 'value 1'
function Get-Double($Number) { 2 * $Number }
Check 'functions of the caller' (Invoke-AsyncTask { Get-Double 21 }) '42'
Check 'arguments' (1 | Invoke-AsyncTask -ArgumentList 'a' { param($First) "$First$_" }) 'a1'
Check 'state of a pool' (1..3 | ForEach-Object { Invoke-AsyncTask -Pool $pool { (++$global:count) } }) '1 2 3'
Check 'the default pool is reset' $(Invoke-AsyncTask { $global:left = 1 }; Invoke-AsyncTask { "<$left>" }) '<>'
Check 'a block with begin and end' (5 | Invoke-AsyncTask { begin { 'b' } process { $_ } end { 'e' } }) 'b 5 e'
Check 'a .NET task' (Invoke-AsyncTask { [System.Threading.Tasks.Task]::FromResult(5) }) '5'
Check 'errors' ((1 | Invoke-AsyncMultiple -ErrorAction Ignore { 1 / 0 }).Exception.GetType().Name) 'DivideByZeroException'

$result = 1 | Invoke-AsyncMultiple -TaskTimeoutSeconds 0.2 -ErrorAction Ignore { try { while ($true) { } } finally { 'ended' } }
Check 'a timeout' "$($result.Status) $($result.Output)" 'TimedOut ended'

$task = Submit-AsyncTask -Pool $pool { while ($true) { } }
$task | Stop-AsyncTask
Check 'a stop' (Wait-AsyncTask $task -ErrorAction Ignore).Status 'Stopped'
Check 'the loop afterwards' (Invoke-AsyncTask -Pool $pool { 'goes on' }) 'goes on'
Check 'nested' (Invoke-AsyncTask -Pool $pool { 1..3 | Invoke-AsyncMultiple -Pool $using:pool -Ordered { $_ } | await }) '1 2 3'

$channel = [System.Threading.Channels.Channel]::CreateUnbounded[int]()
1..3 | ForEach-Object { $null = $channel.Writer.TryWrite($_) }
$channel.Writer.Complete()
Check 'an asynchronous sequence' ($channel.Reader.ReadAllAsync() | ConvertFrom-AsyncEnumerable) '1 2 3'

Stop-EventLoopPool $pool
Check 'a stopped pool' ((Get-EventLoopPool | ForEach-Object Name) -join ',') 'Default'

"PowerShell $($PSVersionTable.PSVersion) on .NET $([Environment]::Version): $checks checks, $failed failed"
exit [int]($failed -gt 0)
