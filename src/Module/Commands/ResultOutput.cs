using System.Management.Automation;
using AsyncExecutors.Streams;

namespace AsyncExecutors.Commands;

/// <summary>Writes a task's output as if its code had run in the pipeline.</summary>
internal static class ResultOutput
{
    /// <summary>Writes the output, and the failure, if there is one, to the error stream.</summary>
    internal static void Write(PSCmdlet cmdlet, TaskResult result)
    {
        if (result is ScriptTaskResult script)
        {
            foreach (var item in script.Written)
            {
                cmdlet.WriteObject(item);
            }
        }
        else if (result.Output is not null)
        {
            cmdlet.WriteObject(result.Output, enumerateCollection: true);
        }

        WriteFailure(cmdlet, result);
    }

    /// <summary>Writes the failure, if there is one, to the error stream.</summary>
    internal static void WriteFailure(PSCmdlet cmdlet, TaskResult result)
    {
        if (result.Success)
        {
            return;
        }

        var failure = Failures.OfTask(result, cmdlet);
        if (StreamRecord.AsksOnlyForDebug(cmdlet, "ErrorAction"))
        {
            new StreamRecord(failure).WriteTo(cmdlet);
        }
        else
        {
            cmdlet.WriteError(failure);
        }
    }
}
