# The other side of Measure-RunInNewProcess: runs one contender once and writes what the run took, in one line.
param([long] $Items, [string] $Code, [string] $Before, $Results, $Sum)

$ErrorActionPreference = 'Stop'
$root = [IO.Path]::GetFullPath([IO.Path]::Combine($PSScriptRoot, '..', '..', '..'))
. ([IO.Path]::Combine($PSScriptRoot, 'Measuring.ps1'))

$contender = @{ Name = 'new process'; Items = $Items; Code = [scriptblock]::Create($Code) }
if ($Before) { $contender.Before = [scriptblock]::Create($Before) }
foreach ($name in 'Results', 'Sum') {
    if ($PSBoundParameters.ContainsKey($name)) { $contender.$name = [long]$PSBoundParameters.$name }
}

$run = Measure-Run $contender
($run.Seconds, $run.Rate, $run.Allocated, $run.Peak, $run.Threads | ForEach-Object { ([double]$_).ToString('R', [cultureinfo]::InvariantCulture) }) -join ' '
