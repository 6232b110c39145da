# Tasks that are all started first and waited for afterwards.
@{
    Title = 'Submit, then wait'
    About = 'All tasks are started, then all are waited for. Each block doubles its number.'
    Chart = 'Bars'
    Contenders = @(
        @{
            Key = 'ours'; Ours = $true; Name = 'Submit-AsyncTask, then Wait-AsyncTask'; Items = $Quick ? 1000 : 10000
            Code = {
                $tasks = 1..$args[0] | Submit-AsyncTask -Pool $pool { $_ * 2 }
                Wait-AsyncTask $tasks
            }
        }
        @{
            Key = 'threadJob'; Name = 'Start-ThreadJob, then Receive-Job -Wait'; Module = $threadJobModules; Items = $Quick ? 5 : 100
            Code = New-ThreadJobLine 2 '$_ * 2'
        }
        @{
            Name = 'Start-RSJob, then Wait-RSJob, Receive-RSJob'; Module = 'PoshRSJob'; Items = $Quick ? 5 : 200
            Code = $rsJobLine
        }
    )
    Figures = {
        param($by)
        New-Figure 'Submit-AsyncTask, then Wait-AsyncTask: tasks a second' ($by.ours.Runs | ForEach-Object { $_.Rate }) -AtLeast 50000 -Format '#,0'
        New-Figure 'Submit-AsyncTask, then Wait-AsyncTask: rate to Start-ThreadJob' (Get-RateRatio $by.ours $by.threadJob) `
            -AtLeast 500 -Format '#,0' -Without 'needs ThreadJob'
    }
}
