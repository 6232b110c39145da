# What Get-Help shows in a real pwsh, in a culture that the help is not written in too.

BeforeDiscovery {
    $names = (Import-PowerShellDataFile "$PSScriptRoot/../../AsyncExecutors.psd1").CmdletsToExport
}

BeforeAll {
    Import-Module "$PSScriptRoot/../../AsyncExecutors.psd1" -Force
}

AfterAll {
    Remove-Module AsyncExecutors
}

Describe 'The help of <_>' -ForEach $names {
    It 'is from its help file' {
        (Get-Help $_).Synopsis.Trim() | Should -Not -BeNullOrEmpty
        (Get-Help $_).Synopsis.Trim() | Should -Not -Match "^$_ \["
    }

    It 'shows everything with -Full' {
        $text = Get-Help $_ -Full | Out-String -Width 80
        foreach ($heading in 'SYNOPSIS', 'SYNTAX', 'DESCRIPTION', 'PARAMETERS', 'INPUTS', 'OUTPUTS', 'RELATED LINKS') {
            $text | Should -MatchExactly "(?m)^$heading"
        }

        $text | Should -MatchExactly '---------- Example 3: .* ----------'
    }

    It 'shows at least three examples with -Examples' {
        $text = Get-Help $_ -Examples | Out-String -Width 80
        [regex]::Matches($text, '(?m)^\s*---------- Example \d').Count | Should -BeGreaterOrEqual 3
    }

    It 'describes each parameter with -Parameter' {
        $parameters = (Get-Command $_).Parameters.Values | Where-Object Name -NotIn ([Management.Automation.Cmdlet]::CommonParameters)
        foreach ($parameter in $parameters) {
            $help = Get-Help $_ -Parameter $parameter.Name
            $help.description.Text | Should -Not -BeNullOrEmpty -Because $parameter.Name
            $help.type.name | Should -Be $parameter.ParameterType.FullName -Because $parameter.Name
        }
    }
}

Describe 'Topics' {
    It 'are in lists with what they are about' {
        $topics = Get-Help about_AsyncExecutors*
        $topics.Name | Sort-Object | Should -Be 'about_AsyncExecutors', 'about_AsyncExecutors_await'
        $topics.Synopsis | Should -Not -BeNullOrEmpty
    }

    It 'are shown by name: <_>' -ForEach 'about_AsyncExecutors', 'about_AsyncExecutors_await' {
        Get-Help $_ | Out-String | Should -MatchExactly "(?s)^TOPIC\r?\n    $_.*\nLONG DESCRIPTION"
    }

    It 'are found in a culture without help of its own' {
        $culture = [cultureinfo]::CurrentUICulture
        try {
            [cultureinfo]::CurrentUICulture = 'fr-CA'
            (Get-Help about_AsyncExecutors_await).Synopsis | Should -Not -BeNullOrEmpty
            (Get-Help Wait-AsyncTask).description.Text | Should -Not -BeNullOrEmpty
        }
        finally {
            [cultureinfo]::CurrentUICulture = $culture
        }
    }
}
