using System.Linq.Expressions;
using System.Management.Automation;
using System.Reflection;
using AsyncExecutors.Runspaces;

namespace AsyncExecutors.Streams;

/// <summary>Writes objects of .NET types to a cmdlet's output as an expression would: as they are.</summary>
/// <remarks>
/// <para>
/// <c>WriteObject</c> puts a wrapper around each object, which stays with it for as long as the object is kept: nearly as much
/// memory as a result itself, and one object more to collect around. PowerShell does without for what expressions and
/// <c>[type]::new()</c> give, and makes the wrapper where it needs one.
/// </para>
/// <para>
/// PowerShell has no public way to this; what is used has been the same since PowerShell 3.0. Where it is not found,
/// <c>WriteObject</c> is called.
/// </para>
/// <para>Not thread-safe: used by the pipeline's thread, where <c>WriteObject</c> may be.</para>
/// </remarks>
internal sealed class PipelineOutput(Cmdlet cmdlet)
{
    private static readonly Type? RuntimeType = typeof(PSObject).Assembly.GetType("System.Management.Automation.MshCommandRuntime");
    private static readonly Lazy<Action<object, object>?> AddToPipe = new(Compile);

    private readonly Action<object, object>? _add =
        !PublicWay.IsForced && RuntimeType?.IsInstanceOfType(cmdlet.CommandRuntime) == true ? AddToPipe.Value : null;

    /// <summary>Writes one object, which is not enumerated.</summary>
    /// <exception cref="PipelineStoppedException">The pipeline is being stopped, or wants no more.</exception>
    internal void Write(object value)
    {
        if (_add is null)
        {
            cmdlet.WriteObject(value);
            return;
        }

        if (cmdlet.Stopping)
        {
            throw new PipelineStoppedException();
        }

        _add(cmdlet.CommandRuntime, value);
    }

    private static Action<object, object>? Compile()
    {
        const BindingFlags Internal = BindingFlags.Instance | BindingFlags.NonPublic;
        var pipe = RuntimeType?.GetProperty("OutputPipe", Internal);
        var add = pipe?.PropertyType.GetMethod("Add", Internal, [typeof(object)]);
        if (add is null)
        {
            return null;
        }

        var of = Expression.Parameter(typeof(object));
        var value = Expression.Parameter(typeof(object));
        var call = Expression.Call(Expression.Property(Expression.Convert(of, RuntimeType!), pipe!), add, value);
        return Expression.Lambda<Action<object, object>>(call, of, value).Compile();
    }
}
