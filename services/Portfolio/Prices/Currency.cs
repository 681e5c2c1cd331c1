using ServiceDefaults;

namespace Portfolio.Prices;

/// <summary>
/// A currency that values are told in: one that the European Central Bank fixes daily rates of, or BTC. Values are rounded to its digits
/// where they are shown and never before.
/// </summary>
internal sealed record Currency(string Code, int Digits)
{
    public const string Described = "The currency that values are told in: an ISO 4217 code, or BTC; USD when left out.";

    public static Currency Usd { get; } = new("USD", 2);

    /// <summary>The currency of that code; the dollar where none is named.</summary>
    /// <exception cref="DomainException"><c>invalid-parameter</c>.</exception>
    public static Currency Read(string? code, string parameter = "currency") => code switch
    {
        null or "USD" => Usd,
        _ => throw Instant.Invalid(parameter, "is no currency that values are told in."),
    };
}
