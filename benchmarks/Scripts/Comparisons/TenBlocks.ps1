# A small call: ten blocks on the default pool, warm.
$calls = $Quick ? 10 : 200
$slow = $Quick ? 2 : 20
@{
    Title = 'Ten blocks'
    About = 'A call with ten blocks, again and again, without a pool named; an item is a block.'
    Contenders = @(
        @{
            Key = 'ours'; Name = '1..10 | Invoke-AsyncMultiple { $_ }'; Items = 10 * $calls; Sum = 55 * $calls
            Code = { foreach ($call in 1..($args[0] / 10)) { 1..10 | Invoke-AsyncMultiple { $_ } } }
        }
        @{
            Name = '1..10 | ForEach-Object -Parallel { $_ }'; Items = 10 * $slow; Sum = 55 * $slow
            Code = { foreach ($call in 1..($args[0] / 10)) { 1..10 | ForEach-Object -Parallel { $_ } } }
        }
        @{
            Name = '1..10 | Invoke-Parallel { $_ }'; Module = 'PSParallelPipeline'; Items = 10 * $slow; Sum = 55 * $slow
            Code = { foreach ($call in 1..([Math]::Ceiling($args[0] / 10))) { 1..10 | Invoke-Parallel { $_ } } }
        }
        @{
            Name = '1..10 | Split-Pipeline { process { $_ } }'; Module = 'SplitPipeline'; Items = 10 * $slow; Sum = 55 * $slow
            Code = { foreach ($call in 1..([Math]::Ceiling($args[0] / 10))) { 1..10 | Split-Pipeline { process { $_ } } } }
        }
    )
    Figures = {
        param($by)
        New-Figure 'Ten blocks, warm default pool: ms' ($by.ours.Runs | ForEach-Object { 10000 / $_.Rate }) -AtMost 1
    }
}
