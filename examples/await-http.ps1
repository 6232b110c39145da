<#
.SYNOPSIS
Thousands of HTTP requests at once, with retries, written as straight-line code, on two threads.

.DESCRIPTION
Starts a web server on this machine that answers each request after 200 ms, and every tenth with "try again later" at
first. The script block asks for a page, looks at the status, waits and asks again, and reads the body: one line after
the other. At each await, and while it sleeps, the block is suspended and its thread serves the others.

    dotnet run --project src/Host -- examples/await-http.ps1
    dotnet run --project src/Host -- examples/await-http.ps1 -Requests 5000 -LatencyMilliseconds 500
    ./examples/await-http.ps1    # in PowerShell

.PARAMETER Requests
How many pages to ask for, all at once.

.PARAMETER LatencyMilliseconds
How long the server takes for an answer.
#>
param(
    [ValidateRange(1, 20000)]
    [int] $Requests = 2000,

    [ValidateRange(0, 10000)]
    [int] $LatencyMilliseconds = 200
)

if (-not (Get-Module AsyncExecutors)) { Import-Module "$PSScriptRoot/../AsyncExecutors.psd1" }

# A port that nobody uses.
$probe = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
$probe.Start()
$url = "http://localhost:$($probe.LocalEndpoint.Port)/"
$probe.Stop()

# The server: a block that awaits the next request, and one for each request that awaits the time to answer.
$listener = [Net.HttpListener]::new()
$listener.Prefixes.Add($url)
$listener.Start()
$seen = [Collections.Concurrent.ConcurrentDictionary[string, int]]::new()
$server = New-EventLoopPool 1
$serving = Submit-AsyncTask -Pool $server {
    $listener, $seen, $latency = $using:listener, $using:seen, $using:LatencyMilliseconds
    while ($true) {
        $context = await ($listener.GetContextAsync())
        $null = Submit-AsyncTask -Pool $using:server -InputObject $context {
            $seen, $path = $using:seen, $_.Request.Url.AbsolutePath
            Start-Sleep -Milliseconds $using:latency
            if ($path.EndsWith('0') -and $seen.TryAdd($path, 1)) { $_.Response.StatusCode = 503 }
            $_.Response.Close([Text.Encoding]::UTF8.GetBytes("This is $path"), $false)
        }
    }
}

# The client: one HttpClient, a pool of two threads.
$client = [Net.Http.HttpClient]::new()
$pool = New-EventLoopPool 2
try {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $results = 1..$Requests | Invoke-AsyncMultiple -Pool $pool -MaxWorkers $Requests -TaskTimeoutSeconds 60 {
        $client = $using:client
        for ($try = 1; ; $try++) {
            $response = await ($client.GetAsync("$($using:url)page/$_"))
            if ($response.IsSuccessStatusCode) { break }
            if ($try -eq 3) { throw "page $_ -> $([int]$response.StatusCode)" }
            Start-Sleep -Milliseconds (50 * $try)
        }

        $body = await ($response.Content.ReadAsStringAsync())
        [pscustomobject]@{ Body = $body; Tries = $try; Thread = [Environment]::CurrentManagedThreadId }
    }
    $clock.Stop()
}
finally {
    Stop-AsyncTask $serving
    $listener.Close()
    $client.Dispose()
    Stop-EventLoopPool $pool, $server -Force
}

$threads = [Collections.Generic.HashSet[int]]::new()
$right = $retried = 0
foreach ($result in $results) {
    if (-not $result.Success) { continue }
    $page = $result.Output
    $null = $threads.Add($page.Thread)
    if ($page.Tries -gt 1) { $retried++ }
    if ($page.Body -eq "This is /page/$($result.InputObject)") { $right++ }
}
if ($right -ne $Requests) { throw "Only $right of $Requests requests got the right page." }

"$Requests requests, each answered after $LatencyMilliseconds ms, all with the right page; $retried of them asked twice"
'{0:n2} s on {1} threads' -f $clock.Elapsed.TotalSeconds, $threads.Count
