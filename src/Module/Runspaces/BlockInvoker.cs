using System.Collections.ObjectModel;
using System.Linq.Expressions;
using System.Management.Automation;
using System.Management.Automation.Internal;
using System.Management.Automation.Language;
using System.Reflection;

namespace AsyncExecutors.Runspaces;

/// <summary>
/// Invokes a script block in a scope of its own, inside the pipeline that runs on the thread, with its output going to a
/// list, or to a collection that takes it further, as it is written.
/// </summary>
/// <remarks>
/// <para>
/// PowerShell's public way, <c>ScriptBlock.InvokeWithContext</c>, hands the output over at the end, and so loses it when
/// the block fails or is stopped. The method that it calls takes the place where output goes; it has had the same
/// parameters since PowerShell 7.0 and is used here when it is found. Where it is not, the public way is taken, and only
/// the output before a failure is lost. <see cref="PublicWay"/> forces that.
/// </para>
/// <para>A terminating error leaves the block, as it leaves a <c>try</c> block.</para>
/// </remarks>
internal sealed class BlockInvoker
{
    private const BindingFlags Internal = BindingFlags.Instance | BindingFlags.NonPublic;

    private static readonly Lazy<Invocation?> IntoList = new(static () => Compile(typeof(List<object?>), useLocalScope: true));
    private static readonly Lazy<Invocation?> IntoCollection = new(static () => Compile(typeof(Collection<PSObject?>), useLocalScope: true));
    private static readonly Lazy<Invocation?> InScopeIntoList = new(static () => Compile(typeof(List<object?>), useLocalScope: false));
    private static readonly Lazy<Invocation?> InScopeIntoCollection = new(static () => Compile(typeof(Collection<PSObject?>), useLocalScope: false));

    private readonly Invocation? _intoList;
    private readonly Invocation? _intoCollection;

    /// <summary>The resident pipeline's position, as blocks see it in <c>$MyInvocation</c>.</summary>
    private readonly IScriptExtent? _extent;

    /// <summary>Prepares for blocks that run in a pipeline.</summary>
    /// <param name="command">The command that runs in the pipeline now.</param>
    internal BlockInvoker(PSCmdlet command)
    {
        if (!PublicWay.IsForced)
        {
            _intoList = IntoList.Value;
            _intoCollection = IntoCollection.Value;
            _extent = typeof(InvocationInfo).GetProperty("ScriptPosition", Internal)?.GetValue(command.MyInvocation) as IScriptExtent;
        }
    }

    private delegate void Invocation(
        ScriptBlock block,
        object? dollarUnder,
        object output,
        List<PSVariable>? variables,
        Dictionary<string, ScriptBlock>? functions,
        object?[] arguments,
        CommandInfo? command,
        IScriptExtent? extent);

    /// <summary>Runs the block on the calling thread, whose pipeline must be running.</summary>
    /// <param name="block">A block of the thread's runspace.</param>
    /// <param name="dollarUnder">Its <c>$_</c>.</param>
    /// <param name="output">A list of objects, or a collection of <see cref="PSObject"/>, whose own code then runs for each.</param>
    /// <param name="variables">New variables of its scope; null for none.</param>
    /// <param name="functions">Functions of its scope, which may be given to any number of blocks; null for none.</param>
    /// <param name="arguments">Its arguments.</param>
    internal void Invoke(
        ScriptBlock block,
        object? dollarUnder,
        object output,
        List<PSVariable>? variables,
        Dictionary<string, ScriptBlock>? functions,
        object?[] arguments)
    {
        var collection = output as Collection<PSObject?>;
        if ((collection is null ? _intoList : _intoCollection) is { } direct)
        {
            direct(block, dollarUnder, output, variables, functions, arguments, command: null, _extent);
            return;
        }

        variables ??= [];
        variables.Add(new PSVariable("_", dollarUnder));
        foreach (var item in block.InvokeWithContext(functions, variables, arguments))
        {
            if (collection is not null)
            {
                collection.Add(item);
            }
            else
            {
                ((List<object?>)output).Add(Tasks.PlainObject.Of(item));
            }
        }
    }

    /// <summary>
    /// Runs the block in the current scope, as if its code stood there. With <see cref="AutomationNull"/> for it,
    /// <c>$_</c> is the scope's own.
    /// </summary>
    /// <param name="block">A block of the thread's runspace.</param>
    /// <param name="dollarUnder">Its <c>$_</c>.</param>
    /// <param name="output">As for a block with a scope of its own.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="function">The function that the code belongs to, and where it was called; null for a block's.</param>
    internal static void InvokeInScope(ScriptBlock block, object? dollarUnder, object output, object?[] arguments, CalledFunction? function) =>
        (output is Collection<PSObject?> ? InScopeIntoCollection : InScopeIntoList).Value!(
            block, dollarUnder, output, variables: null, functions: null, arguments, function?.Command, function?.At);

    /// <summary>True when <see cref="InvokeInScope"/> works with this PowerShell.</summary>
    internal static bool CanInvokeInScope => !PublicWay.IsForced && InScopeIntoList.Value is not null;

    private static Invocation? Compile(Type outputType, bool useLocalScope)
    {
        var pipe = typeof(PSObject).Assembly.GetType("System.Management.Automation.Internal.Pipe")
            ?.GetConstructor(Internal, [outputType]);
        var method = Array.Find(typeof(ScriptBlock).GetMethods(Internal), static candidate => candidate.Name == "InvokeWithPipe");
        if (pipe is null || method is null)
        {
            return null;
        }

        var block = Expression.Parameter(typeof(ScriptBlock));
        var dollarUnder = Expression.Parameter(typeof(object));
        var output = Expression.Parameter(typeof(object));
        var variables = Expression.Parameter(typeof(List<PSVariable>));
        var functions = Expression.Parameter(typeof(Dictionary<string, ScriptBlock>));
        var arguments = Expression.Parameter(typeof(object?[]));
        var command = Expression.Parameter(typeof(CommandInfo));
        var extent = Expression.Parameter(typeof(IScriptExtent));
        Expression nothing = Expression.Constant(AutomationNull.Value, typeof(object));
        var given = new Dictionary<string, Expression>
        {
            ["useLocalScope"] = Expression.Constant(useLocalScope),
            ["dollarUnder"] = dollarUnder,
            ["input"] = nothing,
            ["scriptThis"] = nothing,
            ["outputPipe"] = Expression.New(pipe, Expression.Convert(output, outputType)),
            ["propagateAllExceptionsToTop"] = Expression.Constant(true),
            ["variablesToDefine"] = variables,
            ["functionsToDefine"] = functions,
            ["args"] = arguments,
        };
        var values = new List<Expression>();
        foreach (var parameter in method.GetParameters())
        {
            if (parameter.ParameterType.IsEnum)
            {
                if (!Enum.TryParse(parameter.ParameterType, "WriteToCurrentErrorPipe", out var behaviour))
                {
                    return null;
                }

                values.Add(Expression.Constant(behaviour, parameter.ParameterType));
            }
            else if (parameter.ParameterType == typeof(InvocationInfo))
            {
                values.Add(InvocationAt(command, extent));
            }
            else if (given.Remove(parameter.Name!, out var value))
            {
                if (!parameter.ParameterType.IsAssignableFrom(value.Type))
                {
                    return null;
                }

                values.Add(value);
            }
            else if (!parameter.ParameterType.IsValueType)
            {
                values.Add(Expression.Constant(null, parameter.ParameterType));
            }
            else
            {
                return null;
            }
        }

        return given.Count != 0
            ? null
            : Expression.Lambda<Invocation>(Expression.Call(block, method, values), block, dollarUnder, output, variables, functions, arguments, command, extent).Compile();
    }

    /// <summary>
    /// The block's <c>$MyInvocation</c>, as PowerShell makes it, but without the walk along the call stack, all of which
    /// it builds to find the position. Where the extent is null, or the constructor is not found, it is left to PowerShell.
    /// </summary>
    private static Expression InvocationAt(ParameterExpression command, ParameterExpression extent)
    {
        var made = typeof(InvocationInfo).GetConstructor(Internal, [typeof(CommandInfo), typeof(IScriptExtent)]);
        var none = Expression.Constant(null, typeof(InvocationInfo));
        return made is null
            ? none
            : Expression.Condition(
                Expression.ReferenceEqual(extent, Expression.Constant(null, typeof(IScriptExtent))),
                none,
                Expression.New(made, command, extent));
    }
}

/// <summary>A function that is called, as its code sees it in <c>$MyInvocation</c>.</summary>
/// <param name="Command">The function; null when it is not found any more.</param>
/// <param name="At">Where it is called.</param>
internal sealed record CalledFunction(CommandInfo? Command, IScriptExtent At);
