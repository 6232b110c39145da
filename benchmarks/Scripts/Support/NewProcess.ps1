# What runs in a process of its own: PowerShell, or src/Host, whichever this script runs in.

# The program, and its arguments up to the script's name.
function Get-Shell {
    $program = [Environment]::ProcessPath
    $program
    # Started as 'dotnet the.dll'.
    if ([IO.Path]::GetFileNameWithoutExtension($program) -eq 'dotnet') { [Environment]::GetCommandLineArgs()[0] }
    if ($Host.Name -ne 'AsyncExecutors.Host') { '-NoProfile', '-NonInteractive', '-File' }
}

# One run of the contender in a new process; the clock runs there, and around its code alone.
function Measure-RunInNewProcess([hashtable] $Contender) {
    $program, $arguments = Get-Shell
    $script = [IO.Path]::Combine($PSScriptRoot, 'RunInNewProcess.ps1')
    $arguments = @($arguments) + @($script, '-Items', $Contender.Items, '-Code', "$($Contender.Code)")
    if ($Contender.Before) { $arguments += '-Before', "$($Contender.Before)" }
    foreach ($name in 'Results', 'Sum') {
        if ($Contender.ContainsKey($name)) { $arguments += "-$name", $Contender.$name }
    }

    $told = & $program @arguments
    if ($LASTEXITCODE) { throw "$($Contender.Name): the new process ended with $LASTEXITCODE." }
    $values = [double[]]@(@($told)[-1] -split ' ' | ForEach-Object { [double]::Parse($_, [cultureinfo]::InvariantCulture) })
    @{ Seconds = $values[0]; Rate = $values[1]; Allocated = $values[2]; Peak = $values[3]; Threads = $values[4] }
}
