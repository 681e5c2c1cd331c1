using System.ComponentModel;
using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using Portfolio.Assets;
using Portfolio.Balances;
using Portfolio.Prices;
using ServiceDefaults;

namespace Portfolio.Valuation;

/// <summary>All that a user holds and what it is worth, now or at an instant of the past.</summary>
internal sealed class GetPortfolio(BalanceTotals totals, WalletHoldings holdings, Valuer valuer, WellKnownTokens wellKnown, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/portfolio", async Task<Ok<PortfolioView>> (
                Caller caller, GetPortfolio portfolio, CancellationToken ct,
                [InstantOrDay, Description("An instant of the past, or the end of a day in UTC, as far as it has come; the present when left out.")]
                string? at = null,
                [Description(Currency.Described)] string? currency = null) =>
                TypedResults.Ok(await portfolio.ReadAsync(caller, at, Currency.Read(currency), ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("invalid-parameter")
            .WithName("GetPortfolio")
            .WithTags("Portfolio")
            .WithSummary("Sums up all that the caller holds and what it is worth")
            .WithDescription("Over all wallets the key may see; an address that is in several of them counts once. A sum with a part that has no " +
                "price has no `value`: `priced` is what the rest is worth, and `unpriced` names what is missing. What is marked as spam counts " +
                "for nothing and says why.");

    public async Task<PortfolioView> ReadAsync(Caller caller, string? at, Currency currency, CancellationToken ct)
    {
        DateTimeOffset? instant = at is null ? null : Instant.ReadPast(at, nameof(at), time);
        var sums = await totals.ReadAsync(caller.UserId, caller.Wallets, instant, ct);
        var values = await valuer.ReadAsync(caller.UserId, sums, currency, instant, ct);
        var byWallet = await holdings.ReadAsync(caller.UserId, caller.Wallets, instant, ct);
        var byTag = await holdings.ReadTagsAsync(caller.UserId, caller.Wallets, instant, ct);
        IReadOnlyList<BalanceTotalView> priced = [.. sums.Select(values.Of)];
        return new(
            instant, BalanceStatus.OfAssets(sums.Select(sum => sum.Status)), sums.Min(sum => sum.StaleSince), currency.Code, values.Of(sums),
            values.Age.At, values.Age.Stale,
            [.. priced.Where(sum => sum is { Value: null, LeftOut: null }).Select(sum => sum.Asset).Distinct()],
            [.. sums.GroupBy(sum => sum.Network).Select(same => new NetworkValue(same.Key, values.Of([.. same])))],
            ByCoin(sums, values), ByWallet(byWallet, sums, values, past: instant is not null),
            [
                .. byTag.GroupBy(holding => holding.Tag, (tag, same) => new TagValue(
                    tag, values.Sum([.. same.Select(holding => (holding.Asset, holding.Amount, holding.Unknown))]).Shown(currency))),
            ],
            priced);
    }

    private List<CoinValue> ByCoin(IReadOnlyList<BalanceTotalView> sums, AssetValues values) =>
    [
        .. sums.Where(sum => values[sum.Asset].LeftOut is null)
            .GroupBy(sum => wellKnown.CoinOf(sum.Network, sum.Asset) ?? sum.Asset)
            .Select(same => (Of: same, Value: values.Sum([.. same])))
            .OrderByDescending(coin => coin.Value.Priced)
            .Select(coin => new CoinValue(
                wellKnown.CoinOf(coin.Of.First().Network, coin.Of.First().Asset) ?? coin.Of.First().Derived.Symbol,
                [.. coin.Of.Select(sum => sum.Asset)], coin.Value.Shown(values.Currency))),
    ];

    private static List<WalletValue> ByWallet(
        IReadOnlyList<WalletHolding> holdings, IReadOnlyList<BalanceTotalView> sums, AssetValues values, bool past)
    {
        var assets = sums.DistinctBy(sum => sum.Asset).ToDictionary(sum => sum.Asset, sum => sum.Derived);
        return
        [
            .. holdings.GroupBy(holding => (holding.WalletId, holding.Label)).Select(wallet => new WalletValue(
                wallet.Key.WalletId, wallet.Key.Label,
                values.Sum([.. wallet.Select(holding => (holding.Asset, holding.Amount, holding.Unknown))]).Shown(values.Currency),
                wallet.ToList() is [{ Asset: { } asset, Unknown: 0 } only] && assets.GetValueOrDefault(asset) is { } like
                    ? Money.Of(new(only.Amount), new Asset(asset, like.Symbol, like.Decimals)) : null,
                BalanceStatus.OfAssets(wallet.Where(holding => holding.Statuses.Count > 0).Select(holding => BalanceStatus.Of(holding.Statuses))),
                past ? null : wallet.Min(holding => holding.AsOf), past ? null : wallet.Min(holding => holding.StaleSince))),
        ];
    }
}
