# Reads docs/migrating.md: its tables, and the block before them that the lines use.

function Get-MigrationSetup([string] $Page) {
    [regex]::Match((Get-Content -Raw $Page), '(?ms)^```powershell\r?\n(.*?)^```').Groups[1].Value
}

# The code of a cell. A bar in a table is written \|.
function Get-CellCode([string] $Cell) {
    [regex]::Match($Cell, '^`(.+)`$').Groups[1].Value.Replace('\|', '|')
}

# The rows of a section: parameter, the line there, the line here, what is different.
function Get-MigrationRows([string] $Page, [string] $Section) {
    $text = [regex]::Match((Get-Content -Raw $Page), "(?ms)^## $([regex]::Escape($Section))\r?\n(.*?)(?=^## |\z)").Groups[1].Value
    foreach ($line in $text -split '\r?\n' -match '^\| ' | Select-Object -Skip 1) {
        $cells = $line.Trim().Trim('|') -split '(?<!\\)\|' | ForEach-Object Trim
        [pscustomobject]@{
            Row = $cells[0]; There = Get-CellCode $cells[1]; Here = Get-CellCode $cells[2]; Difference = $cells[3]
        }
    }
}

function Get-MigrationLines([string] $Page, [string] $Section) {
    foreach ($row in Get-MigrationRows $Page $Section) {
        if ($row.There) { [pscustomobject]@{ Row = $row.Row; Column = 'there'; Text = $row.There } }
        if ($row.Here) { [pscustomobject]@{ Row = $row.Row; Column = 'here'; Text = $row.Here } }
    }
}
