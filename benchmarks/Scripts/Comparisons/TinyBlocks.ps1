# What starting a block costs: the blocks do next to nothing.
$count = $Quick ? 2000 : 100000
$slow = $Quick ? 20 : 500
@{
    Title = 'Tiny blocks'
    About = 'Each block doubles its number. All have two workers; those that need milliseconds an item get fewer items. The output goes to Out-Null as it is written; kept means that all of it is kept in a variable instead.'
    Chart = 'Bars'
    Contenders = @(
        @{
            Key = 'ours'; Ours = $true; Name = 'Invoke-AsyncMultiple -Pool $pool (2 loops)'; Items = $count; Streams = $true
            Code = { 1..$args[0] | Invoke-AsyncMultiple -Pool $pool { $_ * 2 } }
        }
        @{
            Key = 'options'; Ours = $true; Name = 'the same with -TaskTimeoutSeconds 30 -Ordered'; Items = $count; Streams = $true
            Code = { 1..$args[0] | Invoke-AsyncMultiple -Pool $pool -TaskTimeoutSeconds 30 -Ordered { $_ * 2 } }
        }
        @{
            Ours = $true; Name = 'Invoke-AsyncMultiple (default pool)'; Items = $count; Streams = $true
            Code = { 1..$args[0] | Invoke-AsyncMultiple { $_ * 2 } }
        }
        @{
            Key = 'sequential'; Name = 'ForEach-Object, sequential'; Items = $count; Streams = $true
            Code = { 1..$args[0] | ForEach-Object { $_ * 2 } }
        }
        @{
            Key = 'parallel'; Name = 'ForEach-Object -Parallel -ThrottleLimit 2'; Items = $slow; Streams = $true
            Code = { 1..$args[0] | ForEach-Object -ThrottleLimit 2 -Parallel { $_ * 2 } }
        }
        @{
            Name = 'Start-ThreadJob -ThrottleLimit 2'; Module = $threadJobModules; Items = [int]($slow / 10); Streams = $true
            Code = New-ThreadJobLine 2 '$_ * 2'
        }
        @{
            Name = 'Invoke-Parallel -ThrottleLimit 2'; Module = 'PSParallelPipeline'; Items = $slow * 4; Streams = $true
            Code = { 1..$args[0] | Invoke-Parallel -ThrottleLimit 2 { $_ * 2 } }
        }
        @{
            Name = 'Split-Pipeline -Count 2 -Load 1,1 (a part an item)'; Module = 'SplitPipeline'; Items = $slow * 4; Streams = $true
            Code = { 1..$args[0] | Split-Pipeline -Count 2 -Load 1, 1 { process { $_ * 2 } } }
        }
        @{
            Key = 'split'; Name = 'Split-Pipeline -Count 2 (two parts in all)'; Module = 'SplitPipeline'; Items = $count; Streams = $true
            Code = { 1..$args[0] | Split-Pipeline -Count 2 { process { $_ * 2 } } }
        }
        @{
            Name = 'Start-RSJob -Throttle 2'; Module = 'PoshRSJob'; Items = [int]($slow / 2); Streams = $true
            Code = $rsJobLine
        }
        @{
            Key = 'oursKept'; Ours = $true; Name = 'Invoke-AsyncMultiple -Pool $pool (2 loops), kept'; Items = $count
            Code = { 1..$args[0] | Invoke-AsyncMultiple -Pool $pool { $_ * 2 } }
        }
        @{
            Key = 'sequentialKept'; Name = 'ForEach-Object, sequential, kept'; Items = $count
            Code = { 1..$args[0] | ForEach-Object { $_ * 2 } }
        }
        @{
            Key = 'splitKept'; Name = 'Split-Pipeline -Count 2 (two parts in all), kept'; Module = 'SplitPipeline'; Items = $count
            Code = { 1..$args[0] | Split-Pipeline -Count 2 { process { $_ * 2 } } }
        }
    )
    Figures = {
        param($by)
        New-Figure 'Tiny blocks: rate to Split-Pipeline -Count 2' (Get-RateRatio $by.ours $by.split) -AtLeast 1 -Without 'needs SplitPipeline'
        New-Figure 'Tiny blocks: rate to sequential ForEach-Object' (Get-RateRatio $by.ours $by.sequential) -AtLeast 0.75
        New-Figure 'Tiny blocks: rate to ForEach-Object -Parallel' (Get-RateRatio $by.ours $by.parallel) -AtLeast 500 -Format '#,0'
        New-Figure 'Tiny blocks, results kept: rate to Split-Pipeline -Count 2' (Get-RateRatio $by.oursKept $by.splitKept) -AtLeast 1 -Without 'needs SplitPipeline'
        New-Figure 'Tiny blocks, results kept: rate to sequential ForEach-Object' (Get-RateRatio $by.oursKept $by.sequentialKept) -AtLeast 0.75
        New-Figure 'With -TaskTimeoutSeconds 30 -Ordered: rate to the same without' (Get-RateRatio $by.options $by.ours) -AtLeast 0.9
        $beyond = Join-Round $by.oursKept $by.sequentialKept { $args[0].Allocated - $args[1].Allocated }
        New-Figure 'Tiny blocks: bytes allocated a block, all in all' ($by.oursKept.Runs | ForEach-Object { $_.Allocated }) -AtMost 1024 -Format '#,0'
        New-Figure 'Tiny blocks: bytes allocated a block beyond sequential ForEach-Object''s' $beyond -AtMost 1024 -Format '#,0'
    }
}
