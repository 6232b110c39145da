# Blocks that keep a core busy for a millisecond: how much of the second core is won. Gives two comparisons.

# The block with as many turns as take a millisecond here.
function New-Computing([string] $Text) {
    $turns = 1000
    $inputs = $Quick ? 5 : 100
    foreach ($attempt in 1..3) {
        $trial = [scriptblock]::Create("1..$inputs | ForEach-Object { $($Text -f $turns) }")
        $fastest = [double]::MaxValue
        foreach ($run in 1..3) {
            $clock = [Diagnostics.Stopwatch]::StartNew()
            $null = & $trial
            $fastest = [Math]::Min($fastest, $clock.Elapsed.TotalMilliseconds / $inputs)
        }
        $turns = [Math]::Max(1, [int]($turns / $fastest))
    }
    $Text -f $turns
}

function New-Line([string] $Line, [string] $Block) { [scriptblock]::Create($Line.Replace('BLOCK', $Block)) }

$count = $Quick ? 20 : 500
$kinds = @(
    # In a scope of its own: ForEach-Object runs its block in the caller's, where variables are many times slower.
    @{ Name = 'in PowerShell code'; Text = '& {{ $n = 0; while ($n -lt {0}) {{ $n++ }} }}; $_ * 2' }
    @{ Name = 'in a .NET call'; Text = '$null = [Security.Cryptography.Rfc2898DeriveBytes]::Pbkdf2("x", [byte[]]::new(8), {0}, "SHA256", 32); $_ * 2' }
)
foreach ($kind in $kinds) {
    $block = New-Computing $kind.Text
    @{
        Title = "Computing $($kind.Name)"
        About = "Each block computes for a millisecond, $($kind.Name)."
        Contenders = @(
            @{
                Key = 'ours'; Name = 'Invoke-AsyncMultiple, pool of 2'; Items = $count
                Code = New-Line '1..$args[0] | Invoke-AsyncMultiple -Pool $pool { BLOCK }' $block
            }
            @{
                Key = 'sequential'; Name = 'ForEach-Object, sequential'; Items = $count
                Code = New-Line '1..$args[0] | ForEach-Object { BLOCK }' $block
            }
            @{
                Name = 'ForEach-Object -Parallel -ThrottleLimit 2'; Items = [int]($count / 4)
                Code = New-Line '1..$args[0] | ForEach-Object -ThrottleLimit 2 -Parallel { BLOCK }' $block
            }
            @{
                Name = 'Split-Pipeline -Count 2'; Module = 'SplitPipeline'; Items = $count
                Code = New-Line '1..$args[0] | Split-Pipeline -Count 2 { process { BLOCK } }' $block
            }
        )
        Figures = {
            param($by, $contenders, $comparison)
            New-Figure "$($comparison.Title), 1 ms a block, pool of 2: rate to sequential" (Get-RateRatio $by.ours $by.sequential) -AtLeast 1.9
        }
    }
}
