# How the cost grows with the number of tasks, on two loops.
$sizes = $Quick ? @(10, 100, 1000) : @(10, 100, 1000, 10000, 100000, 1000000)
$lines = @(
    @{
        Name = 'Invoke-AsyncMultiple'; Most = 1000000
        Code = { 1..$args[0] | Invoke-AsyncMultiple -Pool $pool { $_ * 2 } | Measure-Output }
    }
    # All of them exist at once, so a million would measure the machine's memory.
    @{
        Name = 'Submit-AsyncTask, then Wait-AsyncTask'; Most = 100000
        Code = { 1..$args[0] | Submit-AsyncTask -Pool $pool { $_ * 2 } | Wait-AsyncTask | Measure-Output }
    }
)
@{
    Title = 'Growth with tasks'
    About = 'Tiny blocks on a pool of 2, more and more of them.'
    Chart = 'Lines'
    Across = 'tasks'
    MostRounds = 3
    Contenders = @(
        foreach ($line in $lines) {
            foreach ($size in $sizes) {
                if ($size -gt $line.Most) { continue }
                @{
                    Name = "$($line.Name): $(Format-Number $size '#,0') tasks"; Series = $line.Name; X = $size
                    Items = $size; Results = 2; Sum = $size + [long]$size * ($size + 1); Code = $line.Code
                }
            }
        }
    )
    Figures = {
        param($by, $contenders)
        foreach ($line in $lines) {
            $series = @($contenders | Where-Object { $_.Series -eq $line.Name })
            $growth = Get-Growth $series ($Quick ? 10 : 1000)
            New-Figure "Growth with tasks: $($line.Name), greatest growth of a task's cost per tenfold number, from 1,000" $growth -AtMost 1.2
        }
    }
}
