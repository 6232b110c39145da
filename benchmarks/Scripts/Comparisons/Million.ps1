# A million tiny blocks: does the rate hold, and does memory stay flat?
$many = $Quick ? 10000 : 1000000
$some = [int]($many / 10)
$few = [int]($many / 100)
$code = { 1..$args[0] | Invoke-AsyncMultiple -Pool $pool { $_ * 2 } | Measure-Output }
$whole = {
    $pool = New-EventLoopPool 2
    1..$args[0] | Invoke-AsyncMultiple -Pool $pool { $_ * 2 } | Measure-Output
    Stop-EventLoopPool $pool
}

# A contender whose results are counted and added up as they come, none of them held.
function New-Counted([string] $Key, [long] $Items, [string] $Where, [scriptblock] $Code) {
    @{
        Key = $Key; Name = "$(Format-Number $Items '#,0') blocks$Where"; Code = $Code
        Items = $Items; Results = 2; Sum = $Items + $Items * ($Items + 1)
    }
}

$alone = @{ NewProcess = $true; Before = { Import-Module "$root/AsyncExecutors.psd1" } }

@{
    Title = 'A million blocks'
    About = 'Results are counted as they come and not kept. The new processes do nothing else; their memory is the most they ever had.'
    MostRounds = 3
    Contenders = @(
        New-Counted many $many '' $code
        New-Counted some $some '' $code
        (New-Counted manyAlone $many ' in a new process' $whole) + $alone
        (New-Counted fewAlone $few ' in a new process' $whole) + $alone
    )
    Figures = {
        param($by)
        $memory = Join-Round $by.manyAlone $by.fewAlone { if ($args[1].Peak) { ($args[0].Peak - $args[1].Peak) / 1MB } }
        New-Figure "$($by.many.Name): rate to that of a tenth as many" (Get-RateRatio $by.many $by.some) -AtLeast 0.95
        New-Figure "$($by.many.Name): MB of memory over a hundredth as many" $memory -AtMost 50 -Format '0.0' `
            -Without 'the system does not tell the peak'
    }
}
