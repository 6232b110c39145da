# Blocks that wait, as many at once as each contender runs in reasonable time.
$many = $Quick ? 100 : 10000
$few = $Quick ? 4 : 200
$milliseconds = $Quick ? 50 : 500
$await = "await ([Threading.Tasks.Task]::Delay($milliseconds)); `$_ * 2"
$sleep = "Start-Sleep -Milliseconds $milliseconds; `$_ * 2"
$block = "[Threading.Thread]::Sleep($milliseconds); `$_ * 2"
@{
    Title = 'Waiting'
    About = "Each block waits $milliseconds ms: all at once on two threads, or 100 at once with a thread each."
    Chart = 'Bars'
    MostRounds = 3
    Contenders = @(
        @{
            Key = 'ours'; Ours = $true; Name = 'await in Invoke-AsyncMultiple, pool of 2'; Items = $many
            Code = [scriptblock]::Create("1..`$args[0] | Invoke-AsyncMultiple -Pool `$pool -MaxWorkers `$args[0] { $await }")
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
            Name = 'Start-ThreadJob -ThrottleLimit 100'; Module = $threadJobModules; Items = [int]($few / 2)
            Code = New-ThreadJobLine 100 $block
        }
    )
    Figures = {
        param($by)
        New-Figure 'Waiting blocks, await on two threads: rate to ForEach-Object -Parallel' (Get-RateRatio $by.ours $by.parallel) -AtLeast 100 -Format '#,0'
    }
}
