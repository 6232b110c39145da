using System.Linq.Expressions;
using System.Management.Automation;
using System.Management.Automation.Internal;
using System.Reflection;
using AsyncExecutors.Runspaces;
using AsyncExecutors.Tasks;

namespace AsyncExecutors.Streams;

/// <summary>What else waits in a cmdlet's input pipe, beside the object that PowerShell has bound to its parameters.</summary>
/// <remarks>
/// <para>
/// PowerShell binds each object of the input anew, looking through all parameters of the cmdlet: more work than a small
/// task. For cmdlets of which the input is one parameter that takes any object, so that there is nothing to choose, the
/// objects that are there are taken from the pipe itself. Those of an expression (<c>1..100000 | …</c>) all are; a command
/// before in the pipeline hands them over one by one.
/// </para>
/// <para>
/// PowerShell has no public way to this; what is used has been the same since PowerShell 3.0. Where it is not found,
/// nothing is taken and PowerShell brings the objects.
/// </para>
/// <para>Not thread-safe: used by the pipeline's thread, in <c>ProcessRecord</c>.</para>
/// </remarks>
internal sealed class PipelineInput(PSCmdlet cmdlet)
{
    private static readonly Lazy<Func<object, object?>?> Retrieve = new(Compile);

    private readonly Func<object, object?>? _retrieve = cmdlet.MyInvocation.ExpectingInput && !PublicWay.IsForced ? Retrieve.Value : null;

    /// <summary>Takes the next object.</summary>
    /// <param name="next">The object, wrapped as PowerShell wraps what it binds, but for what is plain without.</param>
    /// <returns>False when there is none now.</returns>
    /// <exception cref="PipelineStoppedException">The pipeline is being stopped.</exception>
    internal bool TryTake(out object? next)
    {
        next = null;
        if (_retrieve is null)
        {
            return false;
        }

        if (cmdlet.Stopping)
        {
            throw new PipelineStoppedException();
        }

        var item = _retrieve(cmdlet.CommandRuntime);
        if (item == AutomationNull.Value)
        {
            return false;
        }

        next = item is null || PlainObject.IsPlain(item) ? item : PSObject.AsPSObject(item);
        return true;
    }

    private static Func<object, object?>? Compile()
    {
        const BindingFlags Internal = BindingFlags.Instance | BindingFlags.NonPublic;
        var runtime = typeof(PSObject).Assembly.GetType("System.Management.Automation.MshCommandRuntime");
        var pipe = runtime?.GetProperty("InputPipe", Internal);
        var retrieve = pipe?.PropertyType.GetMethod("Retrieve", Internal, Type.EmptyTypes);
        if (retrieve is null || retrieve.ReturnType != typeof(object))
        {
            return null;
        }

        var of = Expression.Parameter(typeof(object));
        return Expression.Lambda<Func<object, object?>>(
            Expression.Call(Expression.Property(Expression.Convert(of, runtime!), pipe!), retrieve), of).Compile();
    }
}
