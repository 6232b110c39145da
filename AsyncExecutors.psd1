@{
    RootModule = 'bin/AsyncExecutors.dll'
    ModuleVersion = '0.1.0'
    GUID = '0f1c2b0e-6a6b-4d0a-9d0f-0f6c7d5b7c11'
    Author = 'The AsyncExecutors authors'
    CompanyName = 'AsyncExecutors'
    Copyright = 'Copyright (c) The AsyncExecutors authors'
    Description = 'An event-loop pool for PowerShell: runs script blocks and .NET tasks on persistent event loops, so many at once, each under its own timeout, and streams one TaskResult per task.'
    PowerShellVersion = '7.4'
    CompatiblePSEditions = @('Core')
    CmdletsToExport = @(
        'ConvertFrom-AsyncEnumerable'
        'Get-EventLoopPool'
        'Invoke-AsyncMultiple'
        'Invoke-AsyncTask'
        'New-EventLoopPool'
        'Receive-AsyncTask'
        'Stop-AsyncTask'
        'Stop-EventLoopPool'
        'Submit-AsyncTask'
        'Wait-AsyncTask'
    )
    AliasesToExport = @('await')
    FunctionsToExport = @()
    VariablesToExport = @()
    FormatsToProcess = @('AsyncExecutors.Format.ps1xml')
    PrivateData = @{
        PSData = @{
            Tags = @('async', 'await', 'parallel', 'concurrency', 'eventloop', 'runspace', 'threading', 'PSEdition_Core')
            ReleaseNotes = 'What is new in each version: CHANGELOG.md, in the folder of the module.'
        }
    }
}
