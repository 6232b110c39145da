# Where it was measured: what stands above every result.

# Which PowerShell runs this: pwsh, or the bare engine in this repository's host.
function Get-Where { $Host.Name -eq 'AsyncExecutors.Host' ? 'host' : 'pwsh' }

# How busy the machine was, where the system says so: over the last minute, so at the end it includes this script.
function Get-Load {
    if ([IO.File]::Exists('/proc/loadavg')) { ([IO.File]::ReadAllText('/proc/loadavg') -split ' ')[0] }
}

function Get-Processor {
    if ([IO.File]::Exists('/proc/cpuinfo')) {
        foreach ($line in [IO.File]::ReadLines('/proc/cpuinfo')) {
            if ($line -match '^model name\s*:\s*(.+)$') { return $Matches[1] }
        }
    }
    elseif ($env:PROCESSOR_IDENTIFIER) { return $env:PROCESSOR_IDENTIFIER }
    'processor unknown'
}

# The machine, the system, and the versions of all that is measured.
function Get-Machine([string[]] $Modules) {
    $build = [AsyncExecutors.TaskResult].Assembly.GetCustomAttributes([Reflection.AssemblyConfigurationAttribute], $false).Configuration
    $system = [Runtime.InteropServices.RuntimeInformation]
    "$(Get-Processor), $([Environment]::ProcessorCount) cores; $($system::OSDescription.Trim()); $($system::FrameworkDescription)."
    $peers = foreach ($name in $Modules) {
        $module = Get-Module $name
        if ($module) { "$name $($module.Version)" }
    }
    $measured = @("AsyncExecutors $((Get-Module AsyncExecutors).Version) ($build build)") + @($peers)
    "PowerShell $($PSVersionTable.PSVersion) in $((Get-Where) -eq 'host' ? 'src/Host' : 'pwsh'); $($measured -join ', ')."
}
