# Charts as SVG, on logarithmic axes. They bring their own background, so that they can be read on a light page and on a
# dark one; a viewer that knows the reader's preference shows the one for it.

$svgStyle = @'
<style>
  .page { fill: #ffffff; } .grid { stroke: #d8dee4; } .text { fill: #24292f; } .faint { fill: #57606a; }
  .spread { stroke: #24292f; } .ours { fill: #0969da; } .other { fill: #8c959f; }
  .s0 { stroke: #0969da; fill: #0969da; } .s1 { stroke: #bc4c00; fill: #bc4c00; } .s2 { stroke: #1a7f37; fill: #1a7f37; }
  .line { fill: none; stroke-width: 2; }
  text { font: 13px sans-serif; } .title { font-size: 16px; font-weight: bold; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; } .grid { stroke: #30363d; } .text { fill: #e6edf3; } .faint { fill: #9198a1; }
    .spread { stroke: #e6edf3; } .ours { fill: #4493f8; } .other { fill: #6e7681; }
    .s0 { stroke: #4493f8; fill: #4493f8; } .s1 { stroke: #f0883e; fill: #f0883e; } .s2 { stroke: #3fb950; fill: #3fb950; }
    .line { fill: none; }
  }
</style>
'@

function Format-SvgText([string] $Text) { [Security.SecurityElement]::Escape($Text) }

# A coordinate, or a distance.
function Format-Point([double] $Number) { Format-Number $Number '0.#' }

# What stands at a power of ten: 100, 1k, 10M; below 1 as it is.
function Format-Tick([int] $Exponent) {
    if ($Exponent -lt 0) { return Format-Number ([Math]::Pow(10, $Exponent)) '0.######' }
    "1$('0' * ($Exponent % 3))$(('', 'k', 'M', 'G')[[Math]::Floor($Exponent / 3)])"
}

# The powers of ten that hold all values between them, and where on a stretch of pixels a value is.
function New-LogAxis([double[]] $Values, [double] $Start, [double] $End) {
    $low = [int][Math]::Floor([Math]::Log10([Linq.Enumerable]::Min($Values)))
    $high = [Math]::Max($low + 1, [int][Math]::Ceiling([Math]::Log10([Linq.Enumerable]::Max($Values))))
    @{ Low = $low; High = $high; Start = $Start; Step = ($End - $Start) / ($high - $low) }
}

function Get-LogPosition([hashtable] $Axis, [double] $Value) { $Axis.Start + $Axis.Step * ([Math]::Log10($Value) - $Axis.Low) }

function Format-Svg([int] $Width, [int] $Height, [string] $Title, [string[]] $Content) {
    "<svg xmlns=`"http://www.w3.org/2000/svg`" viewBox=`"0 0 $Width $Height`" width=`"$Width`" height=`"$Height`" role=`"img`">"
    "<title>$(Format-SvgText $Title)</title>"
    $svgStyle
    "<rect class=`"page`" width=`"$Width`" height=`"$Height`" rx=`"6`"/>"
    "<text class=`"text title`" x=`"20`" y=`"30`">$(Format-SvgText $Title)</text>"
    $Content
    '</svg>'
}

# A bar for each contender, as long as its rate, with a line from its slowest to its fastest round. The fastest comes first.
function Format-BarChart([string] $Title, [hashtable[]] $Contenders) {
    $rates = foreach ($contender in $Contenders) { foreach ($run in $contender.Runs) { $run.Rate } }
    $axis = New-LogAxis @($rates) 390 840
    $bottom = 62 + 30 * $Contenders.Count
    $content = @(
        for ($exponent = $axis.Low; $exponent -le $axis.High; $exponent++) {
            $x = Format-Point (Get-LogPosition $axis ([Math]::Pow(10, $exponent)))
            "<line class=`"grid`" x1=`"$x`" y1=`"50`" x2=`"$x`" y2=`"$bottom`"/>"
            "<text class=`"faint`" x=`"$x`" y=`"$($bottom + 18)`" text-anchor=`"middle`">$(Format-Tick $exponent)</text>"
        }
        $y = 56
        foreach ($contender in [Linq.Enumerable]::OrderByDescending([object[]]$Contenders, [Func[object, double]] { $args[0].Rate })) {
            $runs = [double[]]@($contender.Runs | ForEach-Object { $_.Rate })
            $end = Get-LogPosition $axis $contender.Rate
            $low = Format-Point (Get-LogPosition $axis ([Linq.Enumerable]::Min($runs)))
            $high = Get-LogPosition $axis ([Linq.Enumerable]::Max($runs))
            "<text class=`"text`" x=`"380`" y=`"$($y + 16)`" text-anchor=`"end`">$(Format-SvgText $contender.Name)</text>"
            $kind = $contender.Ours ? 'ours' : 'other'
            "<rect class=`"$kind`" x=`"$($axis.Start)`" y=`"$y`" width=`"$(Format-Point ($end - $axis.Start))`" height=`"22`" rx=`"2`"/>"
            "<line class=`"spread`" x1=`"$low`" y1=`"$($y + 11)`" x2=`"$(Format-Point $high)`" y2=`"$($y + 11)`"/>"
            "<text class=`"text`" x=`"$(Format-Point ([Math]::Max($end, $high) + 6))`" y=`"$($y + 16)`">$(Format-Short $contender.Rate)</text>"
            $y += 30
        }
        "<text class=`"faint`" x=`"840`" y=`"$($bottom + 38)`" text-anchor=`"end`">items a second, logarithmic; median, and slowest to fastest round</text>"
    )
    Format-Svg 920 ($bottom + 52) $Title $content
}

# A line for each series: the time divided by how many there are, in microseconds, over how many. Level is linear growth.
function Format-LinePlot([string] $Title, [string] $Across, [hashtable[]] $Contenders) {
    $names = @([Linq.Enumerable]::Distinct([string[]]@($Contenders | ForEach-Object { $_.Series })))
    $horizontal = New-LogAxis @($Contenders | ForEach-Object { $_.X }) 80 880
    $vertical = New-LogAxis @($Contenders | ForEach-Object { $_.Seconds / $_.X * 1e6 }) 380 (60 + 22 * $names.Count)
    $top = Format-Point ($vertical.Start + $vertical.Step * ($vertical.High - $vertical.Low))
    $content = @(
        for ($exponent = $horizontal.Low; $exponent -le $horizontal.High; $exponent++) {
            $x = Format-Point (Get-LogPosition $horizontal ([Math]::Pow(10, $exponent)))
            "<line class=`"grid`" x1=`"$x`" y1=`"$top`" x2=`"$x`" y2=`"380`"/>"
            "<text class=`"faint`" x=`"$x`" y=`"398`" text-anchor=`"middle`">$(Format-Tick $exponent)</text>"
        }
        for ($exponent = $vertical.Low; $exponent -le $vertical.High; $exponent++) {
            $y = Get-LogPosition $vertical ([Math]::Pow(10, $exponent))
            "<line class=`"grid`" x1=`"80`" y1=`"$(Format-Point $y)`" x2=`"880`" y2=`"$(Format-Point $y)`"/>"
            "<text class=`"faint`" x=`"72`" y=`"$(Format-Point ($y + 4))`" text-anchor=`"end`">$(Format-Tick $exponent)</text>"
        }
        for ($i = 0; $i -lt $names.Count; $i++) {
            $points = foreach ($contender in $Contenders) {
                if ($contender.Series -eq $names[$i]) {
                    @{
                        X = Format-Point (Get-LogPosition $horizontal $contender.X)
                        Y = Format-Point (Get-LogPosition $vertical ($contender.Seconds / $contender.X * 1e6))
                    }
                }
            }
            "<polyline class=`"s$i line`" points=`"$(@($points | ForEach-Object { "$($_.X),$($_.Y)" }) -join ' ')`"/>"
            $points | ForEach-Object { "<circle class=`"s$i`" cx=`"$($_.X)`" cy=`"$($_.Y)`" r=`"3.5`"/>" }
            "<circle class=`"s$i`" cx=`"26`" cy=`"$(50 + 22 * $i)`" r=`"5`"/>"
            "<text class=`"text`" x=`"40`" y=`"$(54 + 22 * $i)`">$(Format-SvgText $names[$i])</text>"
        }
        $told = "$Across; upwards: microseconds divided by the number of $Across; level is linear growth, falling is less"
        "<text class=`"faint`" x=`"880`" y=`"418`" text-anchor=`"end`">$(Format-SvgText $told)</text>"
    )
    Format-Svg 920 432 $Title $content
}
