using System.Management.Automation;

namespace AsyncExecutors.Commands;

/// <summary>Writes a task's output as if its code had run in the pipeline.</summary>
internal static class ResultOutput
{
    /// <summary>Writes the output, and the failure, if there is one, to the error stream.</summary>
    internal static void Write(Cmdlet cmdlet, TaskResult result)
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
    internal static void WriteFailure(Cmdlet cmdlet, TaskResult result)
    {
        if (!result.Success)
        {
            cmdlet.WriteError(Failures.OfTask(result));
        }
    }
}
