using System.Linq.Expressions;
using System.Management.Automation;
using System.Reflection;

namespace AsyncExecutors.Runspaces;

/// <summary>
/// Makes and changes the scope that PowerShell code runs in, so that a block can be left in the middle and gone on with:
/// its variables and functions are in its scope.
/// </summary>
/// <remarks>
/// PowerShell has no public way to this; what is used has been the same since PowerShell 7.0. Where it is not found,
/// <see cref="AreAvailable"/> is false and blocks are not suspended: <c>await</c> waits then.
/// </remarks>
internal static class EngineScopes
{
    private const BindingFlags AnyInstance = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    private static readonly Lazy<Accessors?> Access = new(Compile);

    internal static bool AreAvailable => Access.Value is not null && BlockInvoker.CanInvokeInScope && EngineBlocks.AreAvailable && Holders.AreAvailable && ScopeMove.IsAvailable;

    /// <summary>The engine's state of the runspace that the command runs in.</summary>
    internal static object ContextOf(PSCmdlet command) => Access.Value!.Context(command);

    internal static object Current(object context) => Access.Value!.GetScope(context);

    internal static void Enter(object context, object scope) => Access.Value!.SetScope(context, scope);

    /// <summary>The scope around a scope.</summary>
    internal static object? Outer(object scope) => Access.Value!.GetOuter(scope);

    /// <summary>Hangs a scope into another one.</summary>
    internal static void SetOuter(object scope, object? outer) => Access.Value!.SetOuter(scope, outer);

    /// <summary>A child of the current scope.</summary>
    internal static object New(object context) => Access.Value!.NewScope(context);

    /// <summary>
    /// Defines a function in the current scope, as a <c>function</c> statement does. The public way (a path of the <c>function:</c> drive)
    /// changes the one of that name in a scope around it, if there is one.
    /// </summary>
    internal static FunctionInfo SetFunction(object context, string name, ScriptBlock block) => Access.Value!.SetFunction(context, name, block);

    /// <summary>The code that runs next in the scope leaves its automatic variables there, among them <c>$_</c>.</summary>
    internal static void ForgetLocals(object scope) => Access.Value!.ForgetLocals(scope);

    /// <summary>The value of <c>$?</c>.</summary>
    internal static bool Succeeded(object context) => Access.Value!.GetSucceeded(context);

    internal static void SetSucceeded(object context, bool value) => Access.Value!.SetSucceeded(context, value);

    private static Accessors? Compile()
    {
        var context = typeof(PSCmdlet).GetProperty("Context", AnyInstance);
        var session = context?.PropertyType.GetProperty("EngineSessionState", AnyInstance);
        var scope = session?.PropertyType.GetProperty("CurrentScope", AnyInstance);
        var newScope = session?.PropertyType.GetMethod("NewScope", AnyInstance, [typeof(bool)]);
        var setFunction = session?.PropertyType.GetMethod("SetFunctionRaw", AnyInstance, [typeof(string), typeof(ScriptBlock), typeof(CommandOrigin)]);
        var succeeded = context?.PropertyType.GetProperty("QuestionMarkVariableValue", AnyInstance);
        var locals = scope?.PropertyType.GetProperty("LocalsTuple", AnyInstance);
        var outer = scope?.PropertyType.GetProperty("Parent", AnyInstance);
        if (scope?.SetMethod is null || locals?.SetMethod is null || outer?.SetMethod is null || newScope is null || setFunction is null || succeeded?.SetMethod is null || succeeded.PropertyType != typeof(bool))
        {
            return null;
        }

        var command = Expression.Parameter(typeof(PSCmdlet));
        var of = Expression.Parameter(typeof(object));
        var value = Expression.Parameter(typeof(object));
        var flag = Expression.Parameter(typeof(bool));
        var name = Expression.Parameter(typeof(string));
        var block = Expression.Parameter(typeof(ScriptBlock));
        var typed = Expression.Convert(of, context!.PropertyType);
        var state = Expression.Property(typed, session!);
        return new Accessors(
            Expression.Lambda<Func<PSCmdlet, object>>(Expression.Property(command, context), command).Compile(),
            Expression.Lambda<Func<object, object>>(Expression.Property(state, scope), of).Compile(),
            Expression.Lambda<Action<object, object>>(
                Expression.Assign(Expression.Property(state, scope), Expression.Convert(value, scope.PropertyType)), of, value).Compile(),
            Expression.Lambda<Func<object, object?>>(Expression.Property(Expression.Convert(of, scope.PropertyType), outer), of).Compile(),
            Expression.Lambda<Action<object, object?>>(
                Expression.Assign(Expression.Property(Expression.Convert(of, scope.PropertyType), outer), Expression.Convert(value, scope.PropertyType)), of, value).Compile(),
            Expression.Lambda<Func<object, object>>(Expression.Call(state, newScope, Expression.Constant(false)), of).Compile(),
            Expression.Lambda<Func<object, string, ScriptBlock, FunctionInfo>>(
                Expression.Call(state, setFunction, name, block, Expression.Constant(CommandOrigin.Internal)), of, name, block).Compile(),
            Expression.Lambda<Action<object>>(
                Expression.Assign(Expression.Property(Expression.Convert(of, scope.PropertyType), locals), Expression.Constant(null, locals.PropertyType)), of).Compile(),
            Expression.Lambda<Func<object, bool>>(Expression.Property(typed, succeeded), of).Compile(),
            Expression.Lambda<Action<object, bool>>(Expression.Assign(Expression.Property(typed, succeeded), flag), of, flag).Compile());
    }

    private sealed record Accessors(
        Func<PSCmdlet, object> Context,
        Func<object, object> GetScope,
        Action<object, object> SetScope,
        Func<object, object?> GetOuter,
        Action<object, object?> SetOuter,
        Func<object, object> NewScope,
        Func<object, string, ScriptBlock, FunctionInfo> SetFunction,
        Action<object> ForgetLocals,
        Func<object, bool> GetSucceeded,
        Action<object, bool> SetSucceeded);
}
