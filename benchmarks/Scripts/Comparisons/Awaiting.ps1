# What an await costs by itself: of a task that has ended there is nothing to wait for.
$count = $Quick ? 200 : 10000
$ended = [Threading.Tasks.Task]::FromResult(1)
@{
    Title = 'Awaiting'
    About = 'Five awaits of a task that has ended, beside the same block without them.'
    Contenders = @(
        @{
            Key = 'awaits'; Name = 'five awaits of a task that has ended'; Items = $count; Sum = 5 * $count
            Code = {
                1..$args[0] | Invoke-AsyncMultiple -Pool $pool {
                    $t = $using:ended
                    $a = await $t; $b = await $t; $c = await $t; $d = await $t; $e = await $t
                    $a + $b + $c + $d + $e
                }
            }
        }
        @{
            Key = 'plain'; Name = 'the same block without awaits'; Items = $count; Sum = 5 * $count
            Code = {
                1..$args[0] | Invoke-AsyncMultiple -Pool $pool {
                    $t = $using:ended
                    $a = $t.Result; $b = $t.Result; $c = $t.Result; $d = $t.Result; $e = $t.Result
                    $a + $b + $c + $d + $e
                }
            }
        }
    )
    Figures = {
        param($by)
        $each = Join-Round $by.awaits $by.plain { ($args[0].Seconds - $args[1].Seconds) / $by.plain.Items / 5 * 1e6 }
        New-Figure 'await of a task that has ended: µs' $each -AtMost 10
    }
}
