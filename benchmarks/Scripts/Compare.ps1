<#
.SYNOPSIS
Measures the module beside the other ways to do the same, and says which of the figures wanted of it are reached.

.DESCRIPTION
Each script in Comparisons/ is a set of contenders that take turns within each round, and the figures that follow from
them: ratios between contenders of the same round, or differences where the figure is one. The results are medians of the
rounds, with the lowest and the highest.

Writes a page (Markdown), a row for each run (CSV) and charts (SVG) into the results folder, and the page to the output.
A run that is not the whole one, with -Only or -Quick, writes files only where -ResultsFolder says.
Every run's output is checked after the clock has stopped: a wrong sum ends the script.

Runs in pwsh and in src/Host, and so uses no command beyond the PowerShell engine's own. What cannot be measured where it
runs is named and left out.

.PARAMETER Rounds
How many rounds are counted; of comparisons that take long not more than 3.

.PARAMETER WarmUp
How many rounds come before those, not counted.

.PARAMETER Only
The comparisons to run, by the names of the files in Comparisons/; wildcards and commas allowed.

.PARAMETER ResultsFolder
Where the results are written: benchmarks/results by default, if everything is measured.

.PARAMETER Quick
Runs everything once with few items, to see that it works. The figures are worth nothing.

.EXAMPLE
dotnet run --project src/Host --configuration Release -- benchmarks/Scripts/Compare.ps1

.EXAMPLE
pwsh -NoProfile -File benchmarks/Scripts/Compare.ps1 -Only TinyBlocks,OneCall -Rounds 9
#>
param(
    [ValidateRange(1, 1000)]
    [int] $Rounds = 5,

    [ValidateRange(0, 100)]
    [int] $WarmUp = 2,

    [string[]] $Only = '*',

    [string] $ResultsFolder,

    [switch] $Quick
)

$ErrorActionPreference = 'Stop'
$support = @(
    'Module', 'Numbers', 'Statistics', 'Measuring', 'NewProcess', 'Peers', 'Figures', 'Comparing', 'Machine', 'Csv', 'Markdown', 'Svg', 'Results'
)
foreach ($name in $support) {
    . ([IO.Path]::Combine($PSScriptRoot, 'Support', "$name.ps1"))
}

if ($Quick) { $Rounds = 1; $WarmUp = 0 }
$folder = if ($ResultsFolder) { [IO.Path]::Combine($PWD.ProviderPath, $ResultsFolder) }
elseif (-not $Quick -and -not $PSBoundParameters.ContainsKey('Only')) { [IO.Path]::Combine($root, 'benchmarks', 'results') }
$patterns = @($Only -split ',' | ForEach-Object { $_.Trim() })

# In this order: the last one opens hundreds of threads.
$names = @(
    'TinyBlocks', 'SubmitWait', 'OneCall', 'TenBlocks', 'FirstCall', 'Computing', 'Sleeping'
    'Waiting', 'Awaiting', 'Million', 'Import', 'GrowthOfTasks', 'GrowthOfLoops'
) | Where-Object { $name = $_; $patterns | Where-Object { $name -like $_ } }
if (-not $names) { throw "No comparison is called '$Only'. Their names are those of the files in $PSScriptRoot/Comparisons." }

# What most contenders use: two loops, as the peers have two workers.
$pool = New-EventLoopPool 2
$loadBefore = Get-Load
$comparisons = @(
    foreach ($name in $names) {
        Invoke-Comparison ([IO.Path]::Combine($PSScriptRoot, 'Comparisons', "$name.ps1")) $Rounds $WarmUp -Quick:$Quick
    }
)
Stop-EventLoopPool $pool

$date = [DateTime]::UtcNow.ToString('yyyy-MM-dd', [cultureinfo]::InvariantCulture)
$modules = @($comparisons | ForEach-Object { $_.Present } | ForEach-Object { $_.Module } | Where-Object { $_ })
$machine = @(
    Get-Machine ([Linq.Enumerable]::Distinct([string[]]$modules))
    "Medians of $Rounds rounds$($Rounds -gt 3 ? ' (of comparisons that take long, 3)' : '') after $WarmUp to warm up."
    if ($loadBefore) { "Load of the machine before: $loadBefore, after: $(Get-Load)." }
    if ($Quick) { '**Measured with -Quick: once, with few items and nothing warm. These figures are worth nothing.**' }
)
Write-Result $folder "$date-$(Get-Where)" "Compared with others, $date" $machine $comparisons
