# How the cost grows with the number of loops.
$sizes = $Quick ? @(1, 2, 4) : @(1, 2, 4, 8, 16, 64, 256)
$tasks = $Quick ? 200 : 10000
$opening = 'New-EventLoopPool and Stop-EventLoopPool'
$running = "$(Format-Number $tasks '#,0') tiny blocks on an open pool"

# A pool whose loops have each run something.
function New-WarmPool([int] $Size) {
    $opened = New-EventLoopPool $Size
    $null = 1..(4 * $Size) | Invoke-AsyncMultiple -Pool $opened -MaxWorkers (4 * $Size) { $_ }
    $opened
}

@{
    Title = 'Growth with loops'
    About = 'A pool of so many loops is opened and stopped; and tiny blocks run on a pool of so many that is open.'
    Chart = 'Lines'
    Across = 'loops'
    MostRounds = 3
    Contenders = @(
        foreach ($size in $sizes) {
            @{
                Name = "$opening`: $size loops"; Series = $opening; X = $size; Items = $size; Results = 1; Sum = $size
                Code = {
                    $opened = New-EventLoopPool $args[0]
                    $opened.EventLoops.Count
                    Stop-EventLoopPool $opened
                }
            }
        }
        foreach ($size in $sizes) {
            @{
                Name = "$running`: $size loops"; Series = $running; X = $size; Items = $tasks
                Before = [scriptblock]::Create("New-WarmPool $size")
                Code = { 1..$args[0] | Invoke-AsyncMultiple -Pool $args[1] -MaxWorkers ([Math]::Max(10, $args[1].PoolSize)) { $_ * 2 } }
                After = { Stop-EventLoopPool $args[0] }
            }
        }
    )
    Figures = {
        param($by, $contenders)
        foreach ($series in $opening, $running) {
            $growth = Get-Growth @($contenders | Where-Object { $_.Series -eq $series }) ($Quick ? 1 : 4)
            New-Figure "Growth with loops: $series, greatest growth of the cost of a loop to the next number, from 4" $growth -AtMost 1.2
        }
    }
}
