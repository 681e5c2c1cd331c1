using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Portfolio.Prices;
using ServiceDefaults;

namespace Portfolio.Performance;

/// <summary>Which gains are asked for and how they are counted, as it stands in the query.</summary>
public readonly record struct GainsRequest(
    [property: FromQuery(Name = "year"), Description("The year, by UTC; the present one when left out.")] int? Year = null,
    [property: FromQuery(Name = "method"), AllowedValues("fifo", "lifo", "hifo", "lofo", "average"),
        Description("Which lot a disposal takes first: the one acquired first (`fifo`, when left out) or last (`lifo`), at the highest price " +
            "(`hifo`) or the lowest (`lofo`), or the first at the average cost of all held (`average`).")] string? Method = null,
    [property: FromQuery(Name = "scope"), AllowedValues("universal", "perWallet"),
        Description("`universal` (when left out): lots of all wallets are one pool; `perWallet`: each wallet has its own, and transfers carry " +
            "lots from one to another.")] string? Scope = null,
    [property: FromQuery(Name = "transferFee"), AllowedValues("disposal", "addToBasis", "ignore"),
        Description("What a transfer between one's own addresses costs is disposed of at its day's price (`disposal`, when left out), adds what " +
            "it had cost to what was moved (`addToBasis`; of an asset that nothing moved of it is a disposal), or leaves the lots without a " +
            "gain (`ignore`).")] string? TransferFee = null,
    [property: FromQuery(Name = "longTermDays"), Range(0, 36_500),
        Description("What was held for more days than these, by UTC dates, is `long`; 365 when left out.")] int? LongTermDays = null,
    [property: FromQuery(Name = "unpriced"), AllowedValues("say", "zero"),
        Description("What has no known cost: `say` (when left out) tells no gain of it and what is missing; `zero` counts it as having cost " +
            "nothing.")] string? Unpriced = null,
    [property: FromQuery(Name = "currency"), Description(Prices.Currency.Described)] string? Currency = null,
    [property: FromQuery(Name = "wallet"), Description("Only what this wallet disposed of and earned. Transfers to the caller's other wallets " +
        "stay transfers.")] Guid? Wallet = null);

/// <summary>Which gains are asked for and how they are counted.</summary>
internal sealed record GainsQuery(int Year, LotRules Rules, Currency Currency, Guid? Wallet)
{
    private const int FirstYear = 2009;

    /// <exception cref="DomainException"><c>invalid-parameter</c>.</exception>
    public static GainsQuery Read(GainsRequest request, TimeProvider time)
    {
        var present = time.GetUtcNow().Year;
        var year = request.Year ?? present;
        if (year < FirstYear || year > present) throw Instant.Invalid("year", $"is from {FirstYear} to {present}.");
        if (request.LongTermDays is < 0 or > 36_500) throw Instant.Invalid("longTermDays", "is from 0 to 36500.");
        var method = One(request.Method, "method", ("fifo", LotMethod.Fifo), ("lifo", LotMethod.Lifo), ("hifo", LotMethod.Hifo),
            ("lofo", LotMethod.Lofo), ("average", LotMethod.Average));
        var fee = One(request.TransferFee, "transferFee", ("disposal", Performance.TransferFee.Disposal),
            ("addToBasis", Performance.TransferFee.AddToBasis), ("ignore", Performance.TransferFee.Ignore));
        var perWallet = One(request.Scope, "scope", ("universal", false), ("perWallet", true));
        var zero = One(request.Unpriced, "unpriced", ("say", false), ("zero", true));
        return new(year, new(method, perWallet, fee, request.LongTermDays ?? 365, zero), Currency.Read(request.Currency), request.Wallet);
    }

    /// <summary>What cursors are bound to.</summary>
    public string?[] Key =>
    [
        Year.ToString(CultureInfo.InvariantCulture), Rules.ToString(), Currency.Code, Wallet?.ToString(),
    ];

    private static T One<T>(string? text, string name, params ReadOnlySpan<(string Text, T Value)> choices)
    {
        if (text is null) return choices[0].Value;
        foreach (var choice in choices)
        {
            if (choice.Text == text) return choice.Value;
        }

        throw Instant.Invalid(name, $"is {string.Join(", ", choices.ToArray().Select(choice => $"'{choice.Text}'"))}.");
    }
}
