# Every example in the README and in docs/ runs as it stands, and prints what the page says.

BeforeDiscovery {
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    $pages = @("$root/README.md") + (Get-ChildItem "$root/docs/*.md").FullName |
        Where-Object { (Get-Content -Raw $_) -match '(?m)^```powershell' } |
        ForEach-Object { @{ Page = $_; Name = [IO.Path]::GetRelativePath($root, $_) } }
}

BeforeAll {
    $manifest = (Resolve-Path "$PSScriptRoot/../../AsyncExecutors.psd1").Path

    # What the page prints below each example; nothing for an example without.
    function Get-Printed([string] $Page) {
        [regex]::Matches((Get-Content -Raw $Page), '(?ms)^```powershell\r?\n.*?^```[ \t]*\r?\n(\s*^```text\r?\n(.*?)^```)?') |
            ForEach-Object { , $_.Groups[2].Value }
    }

    # What each example writes; they run in a new process, and one that does not end fails.
    function Get-Written([string] $Page) {
        $start = [Diagnostics.ProcessStartInfo]::new([Environment]::ProcessPath)
        '-NoProfile', '-NonInteractive', '-File', "$PSScriptRoot/Support/RunExamples.ps1", $manifest, $Page |
            ForEach-Object { $start.ArgumentList.Add($_) }
        $start.WorkingDirectory = $TestDrive
        $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $process = [Diagnostics.Process]::Start($start)
        try {
            $texts = $process.StandardOutput.ReadToEndAsync(), $process.StandardError.ReadToEndAsync()
            if (-not $process.WaitForExit(120000)) {
                throw 'The examples had not ended after 120 s.'
            }

            $out, $err = $texts.Result | ForEach-Object { , ($_ -split '(?m)^@@@\r?$' | Select-Object -Skip 1) }
            for ($i = 0; $i -lt @($out).Count; $i++) { @($out)[$i] + @($err)[$i] }
        }
        finally {
            if (-not $process.HasExited) { $process.Kill($true) }
            $process.Dispose()
        }
    }

    # The lines without what differs from run to run: their order, durations, numbers of tasks and of loops, and whether
    # a task that was just submitted has begun. Before 7.6 PowerShell colours what it writes to standard error, also where
    # plain text is asked for.
    function Get-Shape([string] $Text) {
        $Text -replace '\e\[[\d;]*m' -split '\r?\n' -replace '\d+(\.\d+)? (ms|µs|s|min)\b', '#' -replace '\b(Task|work-|import-|Default-)\d+', '$1#' -replace '\bRunning\b', 'Pending' -replace '\s+', ' ' |
            ForEach-Object Trim | Where-Object { $_ } | Sort-Object
    }
}

Describe 'The examples of <Name>' -ForEach $pages {
    It 'run as they stand and print what is shown' {
        $printed = @(Get-Printed $Page | ForEach-Object { (Get-Shape $_) -join "`n" })

        # What an example prints depends on who is first, which a busy machine may turn round; not three times.
        for ($try = 1; $try -le 3; $try++) {
            $written = @(Get-Written $Page | ForEach-Object { (Get-Shape $_) -join "`n" })
            if (($written -join "`0") -ceq ($printed -join "`0")) { break }
        }

        $written.Count | Should -Be $printed.Count
        for ($i = 0; $i -lt $printed.Count; $i++) {
            $written[$i] | Should -BeExactly $printed[$i] -Because "of example $($i + 1)"
        }
    }
}
