using ServiceDefaults;

namespace Portfolio.Prices;

/// <summary>
/// A currency that values are told in: one that the European Central Bank fixes daily rates of, or BTC. Values are rounded to its digits
/// where they are shown and never before.
/// </summary>
internal sealed record Currency(string Code, int Digits)
{
    public const string Described = "The currency that values are told in: an ISO 4217 code, or BTC; USD when left out.";

    // ISO 4217's digits; the list is the bank's of 2026.
    private static readonly Dictionary<string, Currency> ByCode = new[]
    {
        "EUR", "USD", "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "MXN", "MYR", "NOK", "NZD", "PHP",
        "PLN", "RON", "SEK", "SGD", "THB", "TRY", "ZAR",
    }.Select(code => new Currency(code, 2)).Concat([new("JPY", 0), new("KRW", 0), new("ISK", 0), new("BTC", 8)])
        .ToDictionary(currency => currency.Code, StringComparer.Ordinal);

    public static Currency Usd { get; } = ByCode["USD"];

    public static Currency Euro { get; } = ByCode["EUR"];

    public static Currency Btc { get; } = ByCode["BTC"];

    /// <summary>All of them, by their codes.</summary>
    public static IReadOnlyList<Currency> All { get; } = [.. ByCode.Values.OrderBy(currency => currency.Code, StringComparer.Ordinal)];

    /// <summary>Whether the bank fixes rates of it.</summary>
    public static bool IsFixed(string code) => code is not ("EUR" or "BTC") && ByCode.ContainsKey(code);

    /// <summary>The currency of exactly that code, or null.</summary>
    public static Currency? Find(string? code) => code is null ? null : ByCode.GetValueOrDefault(code);

    /// <summary>The currency of that code; the dollar where none is named.</summary>
    /// <exception cref="DomainException"><c>invalid-parameter</c>.</exception>
    public static Currency Read(string? code, string parameter = "currency") => code is null ? Usd : Find(code)
        ?? throw Instant.Invalid(parameter, $"is no currency that values are told in; those are {string.Join(", ", All.Select(each => each.Code))}.");
}
