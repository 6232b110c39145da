using System.Collections;
using System.Collections.Concurrent;
using System.Management.Automation.Language;
using System.Reflection;

namespace AsyncExecutors.Coroutines;

/// <summary>
/// Copies syntax with some of its nodes replaced. What is not replaced keeps its place in the file, so that errors in the
/// copy point where they would in the original.
/// </summary>
/// <remarks>
/// Nodes cannot be changed, so those above a replaced one are made anew. Each kind's constructor takes what its
/// properties give, under the same names but for those in <c>OtherNames</c>.
/// </remarks>
internal static class AstCopy
{
    private static readonly Dictionary<string, string> OtherNames = new(StringComparer.Ordinal)
    {
        ["typeConstraint"] = "Type",
        ["method"] = "Member",
        ["genericTypes"] = "GenericTypeArguments",
        ["expression"] = "Condition",
        ["statementBlock"] = "SubExpression",
        ["formatString"] = "FormatExpression",
        ["type"] = "StringConstantType",
        ["lhsChain"] = "LhsPipelineChain",
        ["rhsPipeline"] = "RhsPipeline",
        ["chainOperator"] = "Operator",
        ["stream"] = "FromStream",
        ["from"] = "FromStream",
        ["to"] = "ToStream",
        ["file"] = "Location",
        ["expressionAst"] = "SubExpression",
    };

    private static readonly ConcurrentDictionary<Type, (ConstructorInfo Constructor, PropertyInfo[] Properties)> Makers = new();

    internal static T Of<T>(T node)
        where T : Ast => (T)node.Copy();

    /// <summary>Copies a node, with others in place of some of those in it.</summary>
    /// <param name="node">What to copy.</param>
    /// <param name="replacements">What to put in place of which node. Each replacement is used once.</param>
    internal static T Of<T>(T node, IReadOnlyDictionary<Ast, Ast> replacements)
        where T : Ast
    {
        var above = new HashSet<Ast>();
        foreach (var replaced in replacements.Keys)
        {
            for (var parent = replaced.Parent; parent is not null && above.Add(parent) && parent != node; parent = parent.Parent)
            {
            }
        }

        return (T)Copy(node, replacements, above);
    }

    private static Ast Copy(Ast node, IReadOnlyDictionary<Ast, Ast> replacements, HashSet<Ast> above)
    {
        if (replacements.TryGetValue(node, out var replacement))
        {
            return replacement;
        }

        if (!above.Contains(node))
        {
            return node.Copy();
        }

        if (node is NamedBlockAst block)
        {
            // Its statements are in a list of their own only until it is made.
            var statements = new StatementBlockAst(
                block.Extent,
                block.Statements.Select(statement => (StatementAst)Copy(statement, replacements, above)),
                block.Traps?.Select(trap => (TrapStatementAst)Copy(trap, replacements, above)));
            return new NamedBlockAst(block.Extent, block.BlockKind, statements, block.Unnamed);
        }

        var (constructor, properties) = Makers.GetOrAdd(node.GetType(), FindMaker);
        var parameters = constructor.GetParameters();
        var arguments = new object?[parameters.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            arguments[i] = Map(properties[i].GetValue(node), parameters[i].ParameterType, child => Copy(child, replacements, above));
        }

        return (Ast)constructor.Invoke(arguments);
    }

    private static object? Map(object? value, Type type, Func<Ast, Ast> copy)
    {
        if (value is Ast child)
        {
            return copy(child);
        }

        if (value is null or string || !type.IsGenericType || value is not IEnumerable items)
        {
            return value;
        }

        var element = type.GetGenericArguments()[0];
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(element))!;
        foreach (var item in items)
        {
            list.Add(item is Ast or null || !element.IsGenericType
                ? Map(item, element, copy)
                : Activator.CreateInstance(
                    element,
                    Map(element.GetProperty("Item1")!.GetValue(item), element.GetGenericArguments()[0], copy),
                    Map(element.GetProperty("Item2")!.GetValue(item), element.GetGenericArguments()[1], copy)));
        }

        return list;
    }

    private static (ConstructorInfo Constructor, PropertyInfo[] Properties) FindMaker(Type type)
    {
        var makers =
            from constructor in type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            let properties = constructor.GetParameters().Select(parameter => PropertyFor(type, parameter)).ToArray()
            where properties.All(static property => property is not null)
            orderby properties.Length descending
            select (constructor, properties);
        return makers.First()!;
    }

    private static PropertyInfo? PropertyFor(Type type, ParameterInfo parameter)
    {
        string[] names = [parameter.Name!, OtherNames.GetValueOrDefault(parameter.Name!, parameter.Name!)];
        return names.Select(name => type.GetProperty(name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.IgnoreCase))
            .FirstOrDefault(property => property is not null && parameter.ParameterType.IsAssignableFrom(property.PropertyType));
    }
}
