@{
    RootModule = 'EmptyModule.dll'
    ModuleVersion = '0.1.0'
    GUID = 'b2c5a4be-3d0e-4a53-9d6c-6f1a8f0f7d52'
    Description = 'Nothing: what Import-Module is measured beside.'
    CmdletsToExport = @('Get-Nothing')
    FunctionsToExport = @()
    VariablesToExport = @()
    AliasesToExport = @()
}
