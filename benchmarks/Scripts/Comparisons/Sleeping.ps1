# Ten blocks that each hold their thread for a second, with no pool named: do they run side by side?
$seconds = $Quick ? 0.1 : 1
$sleep = "Start-Sleep $seconds; `$_ * 2"
$block = "[Threading.Thread]::Sleep($(1000 * $seconds)); `$_ * 2"
@{
    Title = 'Sleeping'
    About = "Ten blocks that sleep $seconds s. Invoke-AsyncMultiple lets go of the thread in Start-Sleep; Thread.Sleep holds it."
    MostRounds = 3
    Contenders = @(
        @{
            Key = 'sleep'; Name = "Invoke-AsyncMultiple { Start-Sleep $seconds }"; Items = 10
            Code = [scriptblock]::Create("1..`$args[0] | Invoke-AsyncMultiple { $sleep }")
        }
        @{
            Key = 'block'; Name = 'Invoke-AsyncMultiple { Thread.Sleep }'; Items = 10
            Code = [scriptblock]::Create("1..`$args[0] | Invoke-AsyncMultiple { $block }")
        }
        @{
            Name = 'ForEach-Object -Parallel -ThrottleLimit 10 { Thread.Sleep }'; Items = 10
            Code = [scriptblock]::Create("1..`$args[0] | ForEach-Object -ThrottleLimit 10 -Parallel { $block }")
        }
        @{
            Name = 'Start-ThreadJob -ThrottleLimit 10 { Thread.Sleep }'; Items = 10; Module = $threadJobModules
            Code = New-ThreadJobLine 10 $block
        }
    )
    Figures = {
        param($by)
        New-Figure "Ten blocks that Start-Sleep ${seconds}: s" ($by.sleep.Runs | ForEach-Object { $_.Seconds }) -AtMost ($seconds * 1.2)
        New-Figure "Ten blocks that hold their threads for $seconds s: s" ($by.block.Runs | ForEach-Object { $_.Seconds }) -AtMost ($seconds * 1.2)
    }
}
