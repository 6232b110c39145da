using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text;
using AsyncExecutors.Coroutines;

namespace AsyncExecutors.Runspaces;

/// <summary>Finds the values of a block's <c>$using:</c> expressions in the caller's scope.</summary>
internal static class UsingValues
{
    /// <summary>Commands that make tasks or jobs of their blocks.</summary>
    private static readonly HashSet<string> TaskNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "Invoke-AsyncMultiple", "Invoke-AsyncTask", "Submit-AsyncTask", "Start-ThreadJob", "Start-Job", "sajb",
    };

    private static readonly HashSet<string> InvokeCommandNames = new(StringComparer.OrdinalIgnoreCase) { "Invoke-Command", "icm" };

    private static readonly HashSet<string> ForEachNames = new(StringComparer.OrdinalIgnoreCase) { "ForEach-Object", "foreach", "%" };

    /// <summary>Evaluates each expression once, in the scope of the cmdlet's caller.</summary>
    /// <returns>The values by the key under which PowerShell looks them up.</returns>
    /// <exception cref="RuntimeException">A variable does not exist.</exception>
    internal static IDictionary Collect(ScriptBlockAst block, PSCmdlet caller, ScriptBlock whole)
    {
        var values = new Hashtable(StringComparer.Ordinal);
        foreach (var found in block.FindAll(static ast => ast is UsingExpressionAst, searchNestedScriptBlocks: true))
        {
            var expression = (UsingExpressionAst)found;
            var key = Key(expression);
            if (values.ContainsKey(key))
            {
                continue;
            }

            if (!IsForNestedCommand(expression, block))
            {
                values[key] = Value(expression, key, caller, whole);
            }
            else if (expression.SubExpression is VariableExpressionAst { VariablePath.IsVariable: true } && IsKnown(expression, key, caller))
            {
                // Meant for a call inside the task, which looks in the task's own variables first. Should there be none of
                // that name, it has this one: so $using: reaches through any number of levels.
                values[key] = Value(expression, key, caller, whole);
            }
        }

        return values;
    }

    private static string Key(UsingExpressionAst expression)
    {
        var text = expression.ToString();
        return Convert.ToBase64String(Encoding.Unicode.GetBytes(
            expression.SubExpression is VariableExpressionAst ? text.ToLowerInvariant() : text));
    }

    /// <summary>The <c>$using:</c> values of the task that makes the call; null when no task does.</summary>
    private static IDictionary? OfCallingTask => (EventLoop.Current?.Host as RunspaceLoopHost)?.UsingValuesNow;

    private static bool IsKnown(UsingExpressionAst expression, string key, PSCmdlet caller) =>
        Exists(UsingExpressionAst.ExtractUsingVariable(expression).VariablePath, caller) || OfCallingTask?.Contains(key) == true;

    private static bool Exists(VariablePath variable, PSCmdlet caller) =>
        !variable.IsVariable || caller.SessionState.PSVariable.Get(variable.UserPath) is not null || IsAutomatic(variable.UserPath);

    private static object? Value(UsingExpressionAst expression, string key, PSCmdlet caller, ScriptBlock whole) =>
        Callers.CallerCode.In(Evaluate(expression, key, caller, whole), LanguageModes.Stricter(caller.SessionState.LanguageMode, whole));

    private static object? Evaluate(UsingExpressionAst expression, string key, PSCmdlet caller, ScriptBlock whole)
    {
        var variable = UsingExpressionAst.ExtractUsingVariable(expression).VariablePath;
        if (!Exists(variable, caller))
        {
            if (OfCallingTask is { } outer && outer.Contains(key))
            {
                return outer[key];
            }

            throw Commands.Failures.UsingVariableMissing(expression, variable.UserPath);
        }

        if (expression.SubExpression is VariableExpressionAst && variable.IsVariable)
        {
            return caller.SessionState.PSVariable.GetValue(variable.UserPath);
        }

        // The expression as it was parsed, run where the caller is, under the stricter of the caller's language mode and the block's.
        var extent = expression.SubExpression.Extent;
        var statement = new CommandExpressionAst(extent, (ExpressionAst)expression.SubExpression.Copy(), redirections: null);
        var pipeline = new PipelineAst(extent, statement);
        var body = new ScriptBlockAst(extent, paramBlock: null, new StatementBlockAst(extent, [pipeline], traps: null), isFilter: false);
        var result = caller.InvokeCommand.InvokeScript(useLocalScope: false, body.GetScriptBlock().As(whole), input: null);
        return result.Count switch
        {
            0 => null,
            1 => result[0],
            _ => result.Cast<object>().ToArray(),
        };
    }

    private static bool IsAutomatic(string name) => name is "true" or "false" or "null" || name.Equals("PSItem", StringComparison.OrdinalIgnoreCase);

    /// <summary>True when the expression stands in a block of a command that will evaluate it itself, inside the task.</summary>
    private static bool IsForNestedCommand(UsingExpressionAst expression, ScriptBlockAst block)
    {
        // The command's other arguments are evaluated where the command is called.
        var isInBlock = false;
        for (Ast? ast = expression.Parent; ast is not null && ast != block; ast = ast.Parent)
        {
            isInBlock |= ast is ScriptBlockExpressionAst;
            if (isInBlock && ast is CommandAst command
                && (MakesTasks(command) || (AwaitCommand.NameOf(command) is { } name && InvokeCommandNames.Contains(name))))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True for a command that runs the blocks it is given as tasks or jobs.</summary>
    internal static bool MakesTasks(CommandAst command) =>
        AwaitCommand.NameOf(command) is { } name && (TaskNames.Contains(name) || (ForEachNames.Contains(name) && IsParallel(command)));

    private static bool IsParallel(CommandAst command) => command.CommandElements.OfType<CommandParameterAst>().Any(
        static parameter => parameter.ParameterName.Length >= 2 && "Parallel".StartsWith(parameter.ParameterName, StringComparison.OrdinalIgnoreCase));
}
