# Blocks that wait, as many at once as each contender runs in reasonable time.
$many = $Quick ? 100 : 10000
$most = 10 * $many

# The largest limit with which ForEach-Object -Parallel ends well within a minute: it opens a runspace for each.
$crowd = $Quick ? 8 : 3000
$few = $Quick ? 4 : 200
$milliseconds = $Quick ? 50 : 500
$await = "await ([Threading.Tasks.Task]::Delay($milliseconds)); `$_ * 2"
$sleep = "Start-Sleep -Milliseconds $milliseconds; `$_ * 2"
$block = "[Threading.Thread]::Sleep($milliseconds); `$_ * 2"
@{
    Title = 'Waiting'
    About = "Each block waits $milliseconds ms: all at once on two threads, or so many at once with a thread each."
    Chart = 'Bars'
    MostRounds = 3
    Contenders = @(
        @{
            Key = 'ours'; Ours = $true; Name = 'await in Invoke-AsyncMultiple, pool of 2'; Items = $many
            Code = [scriptblock]::Create("1..`$args[0] | Invoke-AsyncMultiple -Pool `$pool -MaxWorkers `$args[0] { $await }")
        }
        @{
            Ours = $true; Name = 'await in Invoke-AsyncMultiple, pool of 2, ten times as many'; Items = $most
            Code = [scriptblock]::Create("1..`$args[0] | Invoke-AsyncMultiple -Pool `$pool -MaxWorkers `$args[0] { $await }")
        }
        @{
            Key = 'alone'; Ours = $true; Name = 'await in Invoke-AsyncMultiple, pool of 2, in a new process'; Items = $many
            NewProcess = $true; Before = { Import-Module "$root/AsyncExecutors.psd1" }
            Code = [scriptblock]::Create("`$pool = New-EventLoopPool 2; 1..`$args[0] | Invoke-AsyncMultiple -Pool `$pool -MaxWorkers `$args[0] { $await }")
        }
        @{
            Ours = $true; Name = 'Start-Sleep in Invoke-AsyncMultiple, pool of 2'; Items = $many
            Code = [scriptblock]::Create("1..`$args[0] | Invoke-AsyncMultiple -Pool `$pool -MaxWorkers `$args[0] { $sleep }")
        }
        @{
            Key = 'parallel'; Name = 'ForEach-Object -Parallel -ThrottleLimit 100'; Items = $few
            Code = [scriptblock]::Create("1..`$args[0] | ForEach-Object -ThrottleLimit 100 -Parallel { $block }")
        }
        @{
            Name = "ForEach-Object -Parallel -ThrottleLimit $(Format-Number $crowd '0')"; Items = $crowd
            Code = [scriptblock]::Create("1..`$args[0] | ForEach-Object -ThrottleLimit $crowd -Parallel { $block }")
        }
        @{
            Name = 'Start-ThreadJob -ThrottleLimit 100'; Module = $threadJobModules; Items = [int]($few / 2)
            Code = New-ThreadJobLine 100 $block
        }
    )
    Figures = {
        param($by)
        New-Figure "$(Format-Number $many '#,0') blocks that await $milliseconds ms: s" ($by.ours.Runs | ForEach-Object { $_.Seconds }) -AtMost 1.0
        New-Figure 'Waiting blocks, await on two threads: KB allocated a block' ($by.ours.Runs | ForEach-Object { $_.Allocated / 1KB }) -AtMost 15 -Format '0.0'
        New-Figure 'Waiting blocks, await on two threads: threads more than before' ($by.alone.Runs | ForEach-Object { $_.Threads }) -AtMost 10 -Format '0'
        New-Figure 'Waiting blocks, await on two threads: rate to ForEach-Object -Parallel' (Get-RateRatio $by.ours $by.parallel) -AtLeast 100 -Format '#,0'
    }
}
