namespace Metrics;

/// <summary>
/// What the series of a metric are told apart by. Its values are bounded, always: never an address, a wallet or a key.
/// </summary>
/// <param name="Name">As it stands on the page.</param>
/// <param name="Bound">Which values there can be, as a reader of the list is told.</param>
/// <param name="Values">All values, where they are known before anything is configured; else empty.</param>
public sealed record Label(string Name, string Bound, IReadOnlyList<string> Values)
{
    /// <summary>A label with these values and no other.</summary>
    public static Label Of(string name, params string[] values) => new(name, string.Join(", ", values.Select(value => $"`{value}`")), values);

    /// <summary>A label with as many values as something has that is configured or built in.</summary>
    public static Label Bounded(string name, string bound) => new(name, bound, []);
}
