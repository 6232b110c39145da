# What Import-Module costs a session, beside a binary module that has nothing in it.
# The newest build of the empty module.
function Get-EmptyModule {
    $newest = $null
    foreach ($configuration in 'Release', 'Debug') {
        $file = [IO.FileInfo]::new("$root/benchmarks/EmptyModule/bin/$configuration/net8.0/EmptyModule.psd1")
        if ($file.Exists -and (-not $newest -or $file.LastWriteTimeUtc -gt $newest.LastWriteTimeUtc)) { $newest = $file }
    }
    if (-not $newest) { throw 'benchmarks/EmptyModule is not built: run dotnet build.' }
    $newest.FullName
}

$leftOut = if ((Get-Where) -eq 'host') { 'the host has imported the module before any script runs' }
@{
    Title = 'Import-Module'
    About = 'Import-Module in a new process; the median of new processes. The empty modules have one cmdlet that does nothing. An item is an import.'
    LeftOut = $leftOut
    Contenders = @(
        if (-not $leftOut) {
            $empty = Get-EmptyModule
            @{
                Key = 'ours'; NewProcess = $true; Name = 'AsyncExecutors'; Items = 1; Results = 0; Sum = 0
                Code = { Import-Module "$root/AsyncExecutors.psd1" }
            }
            @{
                Key = 'empty'; NewProcess = $true; Name = 'an empty binary module, with a manifest'; Items = 1; Results = 0; Sum = 0
                Code = [scriptblock]::Create("Import-Module '$($empty.Replace("'", "''"))'")
            }
            @{
                Key = 'bare'; NewProcess = $true; Name = 'an empty binary module, the assembly alone'; Items = 1; Results = 0; Sum = 0
                Code = [scriptblock]::Create("Import-Module '$([IO.Path]::ChangeExtension($empty, '.dll').Replace("'", "''"))'")
            }
        }
    )
    Figures = {
        param($by)
        $beyond = Join-Round $by.ours $by.empty { ($args[0].Seconds - $args[1].Seconds) * 1000 }
        New-Figure 'Import-Module: ms beyond an empty binary module with a manifest' $beyond -AtMost 30 -Format '0.0' -Without $leftOut
    }
}
