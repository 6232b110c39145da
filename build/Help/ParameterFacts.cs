using System.Globalization;
using System.Management.Automation;

namespace AsyncExecutors.Help;

/// <summary>What PowerShell knows of a parameter.</summary>
internal sealed class ParameterFacts
{
    private readonly ParameterMetadata _metadata;
    private readonly object? _value;

    /// <param name="metadata">The parameter.</param>
    /// <param name="value">Its value in a new instance of the cmdlet.</param>
    internal ParameterFacts(ParameterMetadata metadata, object? value)
    {
        _metadata = metadata;
        _value = value;
    }

    internal string Name => _metadata.Name;

    internal Type Type => _metadata.ParameterType;

    internal bool IsSwitch => _metadata.SwitchParameter;

    internal bool TakesWildcards => _metadata.Attributes.Any(static attribute => attribute is SupportsWildcardsAttribute);

    internal bool IsHidden => _metadata.Attributes.Any(static attribute => attribute is ParameterAttribute { DontShow: true });

    internal string Aliases => string.Join(", ", _metadata.Aliases);

    /// <summary>The value that the parameter has by itself; null when the code does not show it.</summary>
    internal string? Default => _value switch
    {
        null => IsSwitch ? "False" : null,
        SwitchParameter given => given.IsPresent.ToString(),
        Array { Length: 0 } => null,
        Array several => string.Join(", ", several.Cast<object>()),
        _ => Convert.ToString(_value, CultureInfo.InvariantCulture),
    };

    internal string Required => InSets(static set => set.IsMandatory.ToString());

    internal string Position => InSets(static set => set.Position == int.MinValue ? "Named" : set.Position.ToString(CultureInfo.InvariantCulture));

    internal string PipelineInput => InSets(static set => (set.ValueFromPipeline, set.ValueFromPipelineByPropertyName) switch
    {
        (true, true) => "True (ByValue, ByPropertyName)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    });

    internal string Sets => _metadata.ParameterSets.ContainsKey(ParameterAttribute.AllParameterSets)
        ? "(All)"
        : string.Join(", ", _metadata.ParameterSets.Keys.Order(StringComparer.Ordinal));

    private string? Accepted =>
        _metadata.Attributes.OfType<ValidateRangeAttribute>().FirstOrDefault() is { MinRange: not null } range
            ? string.Create(CultureInfo.InvariantCulture, $"{range.MinRange} to {range.MaxRange}")
            : _metadata.Attributes.OfType<ValidateSetAttribute>().FirstOrDefault() is { } set ? string.Join(", ", set.ValidValues)
            : Type.IsEnum ? string.Join(", ", Enum.GetNames(Type))
            : null;

    /// <summary>The lines that a page has below the parameter's text. Those without a value are not in the page.</summary>
    internal IEnumerable<(string Key, string? Value)> Lines =>
    [
        ("Type", Type.Name),
        ("Parameter sets", Sets),
        ("Aliases", Aliases.Length == 0 ? null : Aliases),
        ("Required", Required),
        ("Position", Position),
        ("Default value", Default),
        ("Accepted values", Accepted),
        ("Accept pipeline input", PipelineInput),
        ("Accept wildcard characters", TakesWildcards.ToString()),
    ];

    private string InSets(Func<ParameterSetMetadata, string> what)
    {
        var values = _metadata.ParameterSets.OrderBy(static set => set.Key, StringComparer.Ordinal)
            .Select(set => (Set: set.Key, Value: what(set.Value))).ToList();
        return values.DistinctBy(static pair => pair.Value).Count() == 1
            ? values[0].Value
            : string.Join(", ", values.Select(static pair => $"{pair.Value} ({pair.Set})"));
    }
}
