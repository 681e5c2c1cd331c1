namespace Metrics;

/// <summary>What a metric's number means.</summary>
public enum MetricKind
{
    /// <summary>It only rises while the process lives.</summary>
    Counter,

    /// <summary>It goes up and down.</summary>
    Gauge,

    /// <summary>How often a value fell into which range.</summary>
    Histogram,
}

/// <summary>One entry of a catalogue.</summary>
/// <param name="Name">Its name, with dots.</param>
/// <param name="Kind">What its number means.</param>
/// <param name="Unit">As UCUM has it (<c>s</c>, <c>By</c>); null where it is a mere count.</param>
/// <param name="Help">What it tells, in a sentence.</param>
/// <param name="Labels">What its series are told apart by.</param>
public sealed record Metric(string Name, MetricKind Kind, string? Unit, string Help, IReadOnlyList<Label> Labels)
{
    /// <summary>Its name on the page: with underscores, its unit and, for a counter, <c>_total</c>.</summary>
    public string PageName
    {
        get
        {
            var name = Name.Replace('.', '_');
            // What is only counted ({blocks}) has no unit there.
            var unit = Unit switch
            {
                null or ['{', ..] => "",
                "s" => "_seconds",
                "By" => "_bytes",
                _ => throw new InvalidOperationException($"Unit '{Unit}'."),
            };
            if (!name.EndsWith(unit, StringComparison.Ordinal)) name += unit;
            return Kind is MetricKind.Counter ? name + "_total" : name;
        }
    }
}
