using System.Management.Automation;
using System.Reflection;

namespace AsyncExecutors.Tasks;

/// <summary>Finds the exception that a user would call the cause.</summary>
internal static class Unwrap
{
    /// <summary>
    /// Takes off what PowerShell and .NET wrap around an exception: the errors of method calls, of cmdlets and of
    /// <c>throw</c>, and aggregates of one.
    /// </summary>
    internal static Exception Original(Exception exception)
    {
        while (true)
        {
            var inner = exception switch
            {
                ActionPreferenceStopException stop => stop.ErrorRecord?.Exception,
                AggregateException { InnerExceptions.Count: 1 } aggregate => aggregate.InnerException,
                TargetInvocationException => exception.InnerException,
                MethodException or GetValueException or SetValueException or CmdletInvocationException => exception.InnerException,

                // Only the plain type: those derived from it say more than what is inside.
                RuntimeException { InnerException: not null } when exception.GetType() == typeof(RuntimeException) => exception.InnerException,
                RuntimeException thrown when thrown.ErrorRecord?.Exception is { } cause and not RuntimeException => cause is ParentContainsErrorRecordException ? null : cause,
                _ => null,
            };
            if (inner is null || inner == exception)
            {
                return exception;
            }

            exception = inner;
        }
    }
}
