using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Chains;
using Fractions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using Portfolio.Assets;
using Portfolio.History;
using Portfolio.Prices;
using ServiceDefaults;

namespace Portfolio.Performance;

/// <summary>Which returns are asked for, as it stands in the query.</summary>
public readonly record struct PerformanceRequest(
    [property: FromQuery(Name = "from"), InstantOrDay, Description("The first day, by UTC; the first on which anything moved when left out.")]
    string? From = null,
    [property: FromQuery(Name = "to"), InstantOrDay, Description("The last day, by UTC; today when left out.")] string? To = null,
    [property: FromQuery(Name = "currency"), Description(Prices.Currency.Described)] string? Currency = null,
    [property: FromQuery(Name = "wallet"), Description("Only this wallet: what it exchanges with others flows in and out.")] Guid? Wallet = null,
    [property: FromQuery(Name = "asset"), Description("Only this asset, by its CAIP-19 id: what it is swapped for flows in and out.")]
    string? Asset = null,
    [property: FromQuery(Name = "unpriced"), AllowedValues("say", "exclude"),
        Description("Where a price is missing: `say` (when left out) tells the gaps and no return; `exclude` leaves out the assets that lack one.")]
    string? Unpriced = null);

/// <summary>The returns of a user's holdings, of one wallet's or of one asset's, with all that they are counted from.</summary>
internal sealed class GetPerformance(
    NpgsqlDataSource database, LedgerReader ledgers, PriceBook prices, WalletAccess access, NetworkCatalogue networks, KnownAssets assets,
    AssetMarks marks, TimeProvider time)
{
    private const int MostDays = 10_000;
    // Each asset has a price, a holding and a flow of each day in memory.
    private const int MostAssetDays = 200_000;
    private const int MostFlows = 366;
    private const int MostGaps = 100;
    private const int MostAssetLength = 180;

    private const string SimpleFormula = "(closing - opening - in + out) / (opening + in)";

    private const string MoneyWeightedFormula = "the rate r for which opening * (1+r)^(days/365) and each day's (in - out) * (1+r)^(days left/365) " +
        "add up to closing, of the last day's end: XIRR of daily flows at the days' ends; of the whole range (1+r)^(days/365) - 1";

    private const string TimeWeightedFormula = "the product over all days of (what was held at the last day's end by this day's prices / by the " +
        "last day's) * ((that and what came in - costs) / (that and what came in)), less 1";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/portfolio/performance", async Task<Ok<PerformanceView>> (
                Caller caller, [AsParameters] PerformanceRequest request, GetPerformance performance, CancellationToken ct) =>
                TypedResults.Ok(await performance.ReadAsync(caller, request, ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("wallet-not-found", "invalid-parameter", "range-too-wide")
            .WithName("GetPerformance")
            .WithTags("Portfolio")
            .WithSummary("Tells three returns of a range with their formulas and what went into them")
            .WithDescription("By one price for each asset and day, the day's end. What comes from outside, coins that a block made among it, is a " +
                "contribution at its day's price and what goes there a withdrawal; fees are costs, and transfers between the caller's own " +
                "addresses are neither. An address counts from its first transaction on, whenever it was imported. No advice.");

    public async Task<PerformanceView> ReadAsync(Caller caller, PerformanceRequest request, CancellationToken ct)
    {
        if (request.Unpriced is not (null or "say" or "exclude")) throw Instant.Invalid("unpriced", "is 'say' or 'exclude'.");
        if (request.Asset is { } name && (name.Length > MostAssetLength || !name.Contains('/')))
            throw Instant.Invalid("asset", "is a CAIP-19 id such as bip122:000000000019d6689c085ae165831e93/slip44:0.");
        var currency = Currency.Read(request.Currency);
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var to = request.To is { } last ? Instant.ReadDay(last, "to") : today;
        if (to > today) throw Instant.Invalid("to", "is in the future; what will be is not known.");
        DateOnly? asked = request.From is { } start ? Instant.ReadDay(start, "from") : null;
        if (asked > to) throw Instant.Invalid("from", "is later than 'to'.");
        var wallets = await access.ListAsync(caller, request.Wallet, ct);

        var read = await SettledPast.ReadAsync(database, wallets, null, ct);
        var held = (await ledgers.AssetsAsync(caller, request.Wallet, asked ?? DateOnly.MinValue, to, ct))
            .Where(asset => request.Asset is null || asset.Asset == request.Asset).ToList();
        var settled = read.Of(request.Asset, networks, held.Select(asset => asset.Network));
        var marked = request.Asset is not null ? new HashSet<string>()
            : (await marks.ReadAsync(caller.UserId, [.. held.Select(asset => (asset.Network, asset.Asset))], ct)).Keys.ToHashSet();
        held.RemoveAll(asset => marked.Contains(asset.Asset));
        var from = asked ?? (held.Count == 0 ? to : held.Min(asset => asset.FirstDay));
        RequireLittle(to.DayNumber - from.DayNumber + 1, held.Count);

        var names = await assets.NamesAsync(held.Select(asset => (asset.Network, (string?)asset.Asset)), ct);
        var known = await prices.ReadAsync(
            caller.UserId, [.. held.Select(asset => asset.Asset).Distinct()], currency, from.AddDays(-1), to, ct);
        var book = new ReturnBook(networks, names, known, swapsAreFlows: request.Asset is not null);
        await foreach (var transaction in ledgers.ReadAsync(caller, request.Wallet, request.Wallet, from, to, ct))
            book.Apply(transaction.Without(marked));

        var (days, gaps) = book.Days(held, from, to);
        IReadOnlyList<string> unpriced = [];
        if (request.Unpriced == "exclude" && gaps.Count > 0)
        {
            unpriced = [.. gaps.Select(gap => gap.Asset).Distinct()];
            (days, _) = book.Days([.. held.Where(asset => !unpriced.Contains(asset.Asset))], from, to);
        }

        return View(days, gaps, unpriced, marked, currency, settled.IsProvisional(to));
    }

    /// <exception cref="DomainException"><c>range-too-wide</c>.</exception>
    internal static void RequireLittle(int days, int assets)
    {
        if (days > MostDays) throw new DomainException("range-too-wide", $"At most {MostDays} days are told of at once.", "?from");
        if ((long)days * assets > MostAssetDays)
        {
            throw new DomainException(
                "range-too-wide", $"{days} days of {assets} assets are asked for; days times assets are at most {MostAssetDays}. Begin later, or " +
                    "ask for one asset or wallet.", "?from");
        }
    }

    private static PerformanceView View(
        IReadOnlyList<ReturnDay> days, IReadOnlyList<PriceGap> gaps, IReadOnlyList<string> unpriced, IReadOnlySet<string> marked, Currency currency,
        bool provisional)
    {
        var isKnown = gaps.Count == 0 || unpriced.Count > 0;
        var rate = isKnown ? Returns.MoneyWeighted(days) : MoneyWeightedReturn.None("prices are missing");
        var flows = days.Where(day => !day.In.IsZero || !day.Out.IsZero).ToList();
        return new(
            days[0].Day, days[^1].Day, currency.Code, provisional,
            Of(isKnown ? Returns.Simple(days) : null, SimpleFormula),
            new(Percent(rate.Period), Percent(rate.Annual), rate.Reason, MoneyWeightedFormula),
            Of(isKnown ? Returns.TimeWeighted(days) : null, TimeWeightedFormula),
            Told(days[0].Before), Told(Sum(day => day.In)), Told(Sum(day => day.Out)), Told(Sum(day => day.Costs)), Told(days[^1].After),
            flows.Count,
            [
                .. flows.Skip(Math.Max(flows.Count - MostFlows, 0)).Where(_ => isKnown)
                    .Select(day => new FlowView(day.Day, Worth.Of(day.In, currency), Worth.Of(day.Out, currency))),
            ],
            gaps.Count, [.. gaps.Take(MostGaps).Select(gap => new PriceGapView(gap.Network, gap.Asset, gap.From, gap.To))],
            [.. unpriced.Concat(marked).Order(StringComparer.Ordinal)]);

        ReturnView Of(Fraction? value, string formula) =>
            new(Percent(value), null, value is not null ? null : isKnown ? "nothing was put in" : "prices are missing", formula);

        Worth? Told(Fraction exact) => isKnown ? Worth.Of(exact, currency) : null;

        Fraction Sum(Func<ReturnDay, Fraction> of) => days.Aggregate(Fraction.Zero, (sum, day) => sum + of(day));
    }

    private static string? Percent(Fraction? value) => value is { } known ? Worth.Text(known * 100, 6) : null;
}
