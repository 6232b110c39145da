# The first call of a new process, which finds nothing warm.
@{
    Title = 'First call'
    About = 'The first call in a new process, ten blocks. The clock runs around the call alone, or around import and call.'
    Contenders = @(
        @{
            Key = 'ours'; NewProcess = $true; Name = 'Invoke-AsyncMultiple, imported before'; Items = 10
            Before = { Import-Module "$root/AsyncExecutors.psd1" }
            Code = { 1..10 | Invoke-AsyncMultiple { $_ * 2 } }
        }
        @{
            NewProcess = $true; Name = 'Import-Module and Invoke-AsyncMultiple'; Items = 10
            Code = { Import-Module "$root/AsyncExecutors.psd1"; 1..10 | Invoke-AsyncMultiple { $_ * 2 } }
        }
        @{
            Key = 'parallel'; NewProcess = $true; Name = 'ForEach-Object -Parallel'; Items = 10
            Code = { 1..10 | ForEach-Object -Parallel { $_ * 2 } }
        }
    )
    Figures = {
        param($by)
        $ratio = Join-Round $by.ours $by.parallel { $args[0].Seconds / $args[1].Seconds }
        New-Figure 'First call in a new process: time to the first ForEach-Object -Parallel''s' $ratio -AtMost 1
    }
}
