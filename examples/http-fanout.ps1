<#
.SYNOPSIS
Hundreds of HTTP requests at once, on two threads.

.DESCRIPTION
Starts a web server on this machine that answers each request after 200 ms, and asks it for 500 pages. The script
block writes the Task that HttpClient returns; the loop awaits it without holding its thread, so that all 500 are on
their way together.

    dotnet run --project src/Host -- examples/http-fanout.ps1
    dotnet run --project src/Host -- examples/http-fanout.ps1 -Requests 2000 -MaxWorkers 1000
    ./examples/http-fanout.ps1    # in PowerShell

.PARAMETER Requests
How many pages to ask for.

.PARAMETER MaxWorkers
How many requests may be on their way at once.

.PARAMETER LatencyMilliseconds
How long the server takes for an answer.
#>
param(
    [ValidateRange(1, 100000)]
    [int] $Requests = 500,

    [ValidateRange(1, 1000)]
    [int] $MaxWorkers = 500,

    [ValidateRange(0, 10000)]
    [int] $LatencyMilliseconds = 200
)

if (-not (Get-Module AsyncExecutors)) { Import-Module "$PSScriptRoot/../AsyncExecutors.psd1" }

# A port that nobody uses.
$probe = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
$probe.Start()
$url = "http://localhost:$($probe.LocalEndpoint.Port)/"
$probe.Stop()

# The server: one task accepts and notes when the answer is due, another answers when it is.
$listener = [Net.HttpListener]::new()
$listener.Prefixes.Add($url)
$listener.Start()
$answers = [Collections.Concurrent.BlockingCollection[object]]::new()

$server = New-EventLoopPool 2
$serving = @(
    Submit-AsyncTask -Pool $server {
        $listener, $answers = $using:listener, $using:answers
        try {
            while ($true) {
                $context = $listener.GetContext()
                $answers.Add(@{ Context = $context; Due = [Threading.Tasks.Task]::Delay($using:LatencyMilliseconds) })
            }
        }
        catch [Net.HttpListenerException], [ObjectDisposedException] { $answers.CompleteAdding() }   # closed, below
    }
    Submit-AsyncTask -Pool $server {
        foreach ($answer in ($using:answers).GetConsumingEnumerable()) {
            $answer.Due.Wait()
            $page = [Text.Encoding]::UTF8.GetBytes("This is $($answer.Context.Request.Url.AbsolutePath)")
            $answer.Context.Response.Close($page, $true)
        }
    }
)

# The client: one HttpClient, a pool of two threads.
$client = [Net.Http.HttpClient]::new()
$pool = New-EventLoopPool 2
try {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $results = 1..$Requests | ForEach-Object { "${url}page/$_" } |
        Invoke-AsyncMultiple -Pool $pool -MaxWorkers $MaxWorkers -TaskTimeoutSeconds 30 {
            [Environment]::CurrentManagedThreadId
            ($using:client).GetStringAsync($_)
        }
    $clock.Stop()
}
finally {
    $listener.Close()
    $client.Dispose()
    Stop-EventLoopPool $pool
    Stop-EventLoopPool $server
}

$threads = [Collections.Generic.HashSet[int]]::new()
$right = 0
foreach ($result in $results) {
    if (-not $result.Success) { continue }
    $thread, $page = $result.Output
    $null = $threads.Add($thread)
    if ($page -eq "This is /page/$($result.Index + 1)") { $right++ }
}
if ($right -ne $Requests) { throw "Only $right of $Requests requests got the right page." }

"$Requests requests, each answered after $LatencyMilliseconds ms, all with the right page"
'{0:n2} s on {1} threads; one after the other they would take {2:n0} s' -f
    $clock.Elapsed.TotalSeconds, $threads.Count, ($Requests * $LatencyMilliseconds / 1000)
