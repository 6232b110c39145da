# Writes what was measured into a folder: a page, a CSV, and a chart for each comparison that has one.

# 'Tiny blocks' becomes tiny-blocks.
function Format-FileName([string] $Text) { $Text.ToLowerInvariant() -replace '[^a-z0-9]+', '-' }

# A chart's lines, by the ending of its file's name.
function Get-Chart([hashtable] $Comparison) {
    if (-not $Comparison.Present) { return }
    $name = Format-FileName $Comparison.Title
    switch ($Comparison.Chart) {
        'Bars' { @{ File = $name; Lines = Format-BarChart $Comparison.Title $Comparison.Present } }
        'Lines' { @{ File = $name; Lines = Format-LinePlot $Comparison.Title $Comparison.Across $Comparison.Present } }
    }
}

function Write-Lines([string] $Path, [string[]] $Lines) { [IO.File]::WriteAllText($Path, ($Lines -join "`n") + "`n") }

# Returns the page's lines. Without a folder no files are written, and the page shows no charts.
function Write-Result([string] $Folder, [string] $Name, [string] $Heading, [string[]] $Machine, [hashtable[]] $Comparisons) {
    if (-not $Folder) { return Format-Page $Heading $Machine $Comparisons @{} }

    $null = [IO.Directory]::CreateDirectory($Folder)
    $charts = @{}
    foreach ($comparison in $Comparisons) {
        $charts[$comparison.Title] = @(
            foreach ($chart in Get-Chart $comparison) {
                $file = "$Name-$($chart.File).svg"
                Write-Lines ([IO.Path]::Combine($Folder, $file)) $chart.Lines
                $file
            }
        )
    }

    $page = @(Format-Page $Heading $Machine $Comparisons $charts)
    Write-Lines ([IO.Path]::Combine($Folder, "$Name.csv")) (Format-Csv $Comparisons)
    Write-Lines ([IO.Path]::Combine($Folder, "$Name.md")) $page
    $page
}
