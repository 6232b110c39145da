# What one call costs, when everything is warm.
$calls = $Quick ? 100 : 2000
$slow = $Quick ? 3 : 50
@{
    Title = 'One call'
    About = 'A call with one block, again and again; an item is a call.'
    Contenders = @(
        @{
            Key = 'ours'; Name = 'Invoke-AsyncTask { 1 }'; Items = $calls; Sum = $calls
            Code = { foreach ($call in 1..$args[0]) { Invoke-AsyncTask { 1 } } }
        }
        @{
            Key = 'bare'; Name = '& { 1 }'; Items = $calls; Sum = $calls
            Code = { foreach ($call in 1..$args[0]) { & { 1 } } }
        }
        @{
            Name = '1 | ForEach-Object -Parallel { 1 }'; Items = $slow; Sum = $slow
            Code = { foreach ($call in 1..$args[0]) { 1 | ForEach-Object -Parallel { 1 } } }
        }
        @{
            Name = 'Start-ThreadJob { 1 } | Receive-Job -Wait'; Module = $threadJobModules; Items = $slow; Sum = $slow
            Code = { foreach ($call in 1..$args[0]) { Start-ThreadJob { 1 } | Receive-Job -Wait -AutoRemoveJob } }
        }
        @{
            Name = '1 | Invoke-Parallel { 1 }'; Module = 'PSParallelPipeline'; Items = $slow; Sum = $slow
            Code = { foreach ($call in 1..$args[0]) { 1 | Invoke-Parallel { 1 } } }
        }
    )
    Figures = {
        param($by)
        $beyond = Join-Round $by.ours $by.bare { ($args[0].Seconds - $args[1].Seconds) / $by.bare.Items * 1e6 }
        New-Figure 'Invoke-AsyncTask { 1 }: µs beyond & { 1 }' $beyond -AtMost 100 -Format '0.0'
    }
}
