# A million tiny blocks: does the rate hold, and does memory stay flat?
$many = $Quick ? 10000 : 1000000
$some = [int]($many / 10)
$few = [int]($many / 100)
$code = { 1..$args[0] | Invoke-AsyncMultiple -Pool $pool { $_ * 2 } | Measure-Output }
$alone = {
    $pool = New-EventLoopPool 2
    1..$args[0] | Invoke-AsyncMultiple -Pool $pool { $_ * 2 } | Measure-Output
    Stop-EventLoopPool $pool
}

# A contender whose results are counted and added up as they come, none of them held.
function New-Counted([long] $Items, [hashtable] $More) {
    @{ Items = $Items; Results = 2; Sum = $Items + $Items * ($Items + 1) } + $More
}

@{
    Title = 'A million blocks'
    About = 'Results are counted as they come and not kept. In the new processes, which do nothing else, the memory is the most that the whole process ever had.'
    MostRounds = 3
    Contenders = @(
        New-Counted $many @{ Key = 'many'; Name = "$(Format-Number $many '#,0') blocks"; Code = $code }
        New-Counted $some @{ Key = 'some'; Name = "$(Format-Number $some '#,0') blocks"; Code = $code }
        New-Counted $many @{ Key = 'manyAlone'; NewProcess = $true; Name = "$(Format-Number $many '#,0') blocks in a new process"; Code = $alone; Before = { Import-Module "$root/AsyncExecutors.psd1" } }
        New-Counted $few @{ Key = 'fewAlone'; NewProcess = $true; Name = "$(Format-Number $few '#,0') blocks in a new process"; Code = $alone; Before = { Import-Module "$root/AsyncExecutors.psd1" } }
    )
    Figures = {
        param($by)
        $memory = Join-Round $by.manyAlone $by.fewAlone { if ($args[1].Peak) { ($args[0].Peak - $args[1].Peak) / 1MB } }
        New-Figure "$($by.many.Name): rate to that of a tenth as many" (Get-RateRatio $by.many $by.some) -AtLeast 0.95
        New-Figure "$($by.many.Name): MB of memory over a hundredth as many" $memory -AtMost 50 -Format '0.0' -Without 'the system does not tell the peak'
    }
}
