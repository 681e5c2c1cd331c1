using System.ComponentModel;
using Fractions;
using Microsoft.AspNetCore.Http.HttpResults;
using Portfolio.Balances;
using Portfolio.Prices;
using Portfolio.Valuation;
using ServiceDefaults;

namespace Portfolio.Sharing;

/// <summary>
/// What whoever has a share's link sees. Parts of the whole and the index are made of exact values: rounded ones would, where little is held,
/// tell how little.
/// </summary>
internal sealed class GetShared(BalanceTotals totals, WalletHoldings holdings, Valuer valuer, GetPortfolioHistory history, TimeProvider time)
{
    // Longer than any that people use, and shorter than any address: anybody gives a token its name, and one without has its contract's for one.
    private const int LongestSymbol = 20;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/shared", async Task<Ok<SharedPortfolio>> (
                Caller caller, GetShared shared, HttpResponse response, CancellationToken ct,
                [Description(Currency.Described)] string? currency = null) =>
            {
                response.Headers["X-Robots-Tag"] = "noindex";
                return TypedResults.Ok(await shared.ReadAsync(caller, caller.Share!, Currency.Read(currency), ct));
            })
            .RequireShare()
            .WithProblems("invalid-parameter")
            .WithName("GetShared")
            .WithTags("Portfolio")
            .WithSummary("Shows what a share shows")
            .WithDescription("For the token of a share, `ws_…`, as bearer; no key opens it, and the token opens nothing else.");

    public async Task<SharedPortfolio> ReadAsync(Caller caller, ShareTerms terms, Currency currency, CancellationToken ct)
    {
        var sums = await totals.ReadAsync(caller.UserId, caller.Wallets, null, ct);
        var values = await valuer.ReadAsync(caller.UserId, sums, currency, null, ct);
        var held = await holdings.ReadAsync(caller.UserId, caller.Wallets, null, ct);
        var past = await history.ReadAsync(caller, new(Currency: currency.Code), ct);
        var (whole, now) = (values.Sum(sums), time.GetUtcNow());
        var shows = terms.ShowsAmounts ? SharedPortfolio.Amounts : SharedPortfolio.Percentages;
        PortfolioMetrics.Shared.Add(1, new KeyValuePair<string, object?>("kind", shows));
        var first = past.Points.FirstOrDefault(point => point is { Value: not null, Exact.IsPositive: true })?.Exact;
        return new(
            terms.Label, shows, now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMinute)), terms.ExpiresAt, currency.Code,
            Shown(whole.Whole), whole.Unpriced,
            [
                .. sums.Where(sum => values[sum.Asset].LeftOut is null && (sum.Unknown > 0 || !sum.Held.Value.IsZero))
                    .Select(sum => (Of: sum, Value: sum.Unknown > 0 ? null : values[sum.Asset].Of(sum.Held.Value)))
                    .OrderByDescending(coin => coin.Value ?? Fraction.Zero)
                    .Select(coin => new SharedCoin(
                        SymbolOf(coin.Of.Derived.Symbol), null, coin.Of.Network,
                        terms.ShowsAmounts ? AmountOf(coin.Of) : null, Shown(coin.Value), PercentOf(coin.Value))),
            ],
            [
                .. held.GroupBy(holding => (holding.WalletId, holding.Label)).Select(wallet => (
                        wallet.Key.Label, Sum: values.Sum([.. wallet.Select(holding => (holding.Asset, holding.Amount, holding.Unknown))])))
                    .Select(wallet => new SharedWallet(
                        wallet.Label, Shown(wallet.Sum.Whole), PercentOf(wallet.Sum.Unknown == 0 ? wallet.Sum.Priced : null))),
            ],
            [
                .. past.Points.Select(point => new SharedPoint(
                    point.Start, terms.ShowsAmounts ? point.Value : null,
                    point.Value is not null && first is { } hundred ? Worth.Text(point.Exact / hundred * 100, 2) : null)),
            ]);

        Worth? Shown(Fraction? value) => terms.ShowsAmounts && value is { } known ? Worth.Of(known, currency) : null;

        string? PercentOf(Fraction? part) =>
            part is { } known && whole.Priced.IsPositive ? Worth.Text(known / whole.Priced * 100, 2) : null;
    }

    private static Money? AmountOf(BalanceTotalView sum) =>
        sum.Unknown > 0 ? null : (sum.Confirmed ?? sum.Derived) with { Symbol = SymbolOf(sum.Derived.Symbol) };

    private static string SymbolOf(string symbol) =>
        symbol.Length > LongestSymbol || symbol.Contains(':', StringComparison.Ordinal) ? "token" : symbol;
}
