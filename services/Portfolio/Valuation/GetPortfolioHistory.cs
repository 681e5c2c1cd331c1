using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using Portfolio.Assets;
using Portfolio.History;
using Portfolio.Prices;
using ServiceDefaults;

namespace Portfolio.Valuation;

/// <summary>Which history of values is asked for, as it stands in the query.</summary>
public readonly record struct ValueHistoryRequest(
    [property: FromQuery(Name = "from"), InstantOrDay, Description("The first day; of an instant, its day in the time zone asked for. That of the " +
        "first transaction when left out.")] string? From = null,
    [property: FromQuery(Name = "to"), InstantOrDay, Description("The last day; today when left out.")] string? To = null,
    [property: FromQuery(Name = "interval"), Description("`day`, `week` from Monday, or `month`; when left out the shortest of which the range has " +
        "at most 2000."), AllowedValues("day", "week", "month")] string? Interval = null,
    [property: FromQuery(Name = "tz"), Description("The IANA time zone by whose calendar days begin; UTC when left out. Prices go by UTC.")]
    string? Tz = null,
    [property: FromQuery(Name = "currency"), Description(Prices.Currency.Described)] string? Currency = null,
    [property: FromQuery(Name = "wallet"), Description("Only this wallet.")] Guid? Wallet = null,
    [property: FromQuery(Name = "asset"), Description("Only this asset, by its CAIP-19 id.")] string? Asset = null);

/// <summary>What a user's wallets were worth over time: derived from their transactions and the prices of days, whenever it is asked for.</summary>
internal sealed class GetPortfolioHistory(
    NpgsqlDataSource database, WalletAccess access, NetworkCatalogue networks, KnownAssets assets, PriceBook prices, AssetMarks marks,
    TimeProvider time)
{
    private const int MostPoints = 2_000;
    private static readonly string[] Units = ["day", "week", "month"];

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/portfolio/history", async Task<Ok<ValueHistory>> (
                Caller caller, [AsParameters] ValueHistoryRequest request, GetPortfolioHistory history, CancellationToken ct) =>
                TypedResults.Ok(await history.ReadAsync(caller, request, ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("wallet-not-found", "invalid-parameter", "range-too-wide")
            .WithName("GetPortfolioHistory")
            .WithTags("Portfolio")
            .WithSummary("Tells what the caller's wallets were worth, by day, week or month, oldest first")
            .WithDescription("Nothing of it is stored: amounts come from the transactions by their blocks' times, prices are those of the day that " +
                "an interval ends with. Where a held asset has no price, `value` is null and `gaps` says which and when.");

    public async Task<ValueHistory> ReadAsync(Caller caller, ValueHistoryRequest asked, CancellationToken ct)
    {
        if (asked.Interval is not null && !Units.Contains(asked.Interval)) throw Instant.Invalid("interval", "is 'day', 'week' or 'month'.");
        var currency = Currency.Read(asked.Currency);
        var zone = Zones.Read(asked.Tz);
        var now = time.GetUtcNow();
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        var to = asked.To is { } last ? Instant.ReadDay(last, "to", zone) : today;
        if (to > today) throw Instant.Invalid("to", "is in the future; what will be is not known.");
        DateOnly? from = asked.From is { } first ? Instant.ReadDay(first, "from", zone) : null;
        if (from > to) throw Instant.Invalid("from", "is later than 'to'.");

        var wallets = await access.ListAsync(caller, asked.Wallet, ct);
        var read = await SettledPast.ReadAsync(database, wallets, null, ct);
        var held = await HistoryQuery.HeldAsync(database, wallets, null, asked.Asset, ct);
        var settled = read.Of(asked.Asset, networks, held.Select(one => one.Network));
        // Whoever names an asset wants it, whatever it is marked as.
        var marked = asked.Asset is not null ? new Dictionary<string, string>()
            : await marks.ReadAsync(caller.UserId, [.. held.Select(one => (one.Network, one.Asset))], ct);
        held = [.. held.Where(one => !marked.ContainsKey(one.Asset))];
        var begin = from ?? held.Select(one => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(one.FirstAt, zone).DateTime)).Append(to).Min();
        var (unit, intervals) = Of(asked.Interval, zone, begin, to);

        var edges = Enumerable.Range(0, intervals.Count + 1).Select(intervals.EdgeOf).ToList();
        // The day by UTC that an interval ends in; the present one has not ended.
        var days = edges.Skip(1).Select(edge => DateOnly.FromDateTime((edge > now ? now : edge.AddTicks(-1)).UtcDateTime)).ToList();
        var known = await prices.ReadAsync(caller.UserId, [.. held.Select(one => one.Asset)], currency, days[0], days[^1], ct);
        var sums = held.Count == 0 ? [] : await HistoryQuery.SumsAsync(database, wallets, null, asked.Asset, edges, ct);
        var byAsset = sums.ToLookup(sum => (sum.Network, sum.Asset));
        var names = await assets.NamesAsync(held.Select(one => (one.Network, (string?)one.Asset)), ct);
        var closings = held.Select(one => (
            Of: one, names.Of(one.Network, one.Asset).Decimals,
            Held: HistoryQuery.Closings(byAsset[(one.Network, one.Asset)], intervals.Count))).ToList();

        var gaps = new Gaps();
        var points = new List<ValuePoint>(intervals.Count);
        for (var i = 0; i < intervals.Count; i++)
        {
            var (number, day) = (i, days[i]);
            var sum = ValueSum.Of(closings.Select(asset =>
            {
                var value = new AssetValue(asset.Decimals, known.Of(asset.Of.Asset, day), null).Of(asset.Held[number].Held);
                if (value is null) gaps.Add(asset.Of.Asset, number);
                return value;
            }));
            var shown = sum.Shown(currency);
            points.Add(new(
                intervals.DayOf(i), shown.Value, shown.Priced, shown.Unpriced,
                edges[i + 1] > now || settled.IsProvisional(edges[i + 1]))
            {
                Exact = sum.Priced,
            });
        }

        return new(currency.Code, unit, points, gaps.Shown(intervals), [.. marked.Keys.Order(StringComparer.Ordinal)]);
    }

    private static (string Unit, Intervals Intervals) Of(string? unit, TimeZoneInfo zone, DateOnly from, DateOnly to)
    {
        var wanted = unit ?? Units.FirstOrDefault(candidate => Intervals.CountOf(candidate, from, to) <= MostPoints) ?? Units[^1];
        return Intervals.CountOf(wanted, from, to) is var count && count <= MostPoints
            ? (wanted, Intervals.Between(wanted, zone, from, to))
            : throw new DomainException(
                "range-too-wide", $"From {from:yyyy-MM-dd} to {to:yyyy-MM-dd} there are {count} intervals of a {wanted}; at most {MostPoints} are "
                    + "told of. Ask for longer ones, or for less.", "?interval");
    }

    /// <summary>Intervals in a row in which an asset has no price.</summary>
    private sealed class Gaps
    {
        private readonly Dictionary<string, List<(int From, int To)>> found = [];

        public void Add(string asset, int interval)
        {
            if (!found.TryGetValue(asset, out var rows)) found[asset] = rows = [];
            if (rows is [.., var last] && last.To >= interval - 1) rows[^1] = last with { To = interval };
            else rows.Add((interval, interval));
        }

        public IReadOnlyList<PriceGap> Shown(Intervals intervals) =>
        [
            .. from asset in found
               from row in asset.Value
               orderby asset.Key, row.From
               select new PriceGap(asset.Key, intervals.DayOf(row.From), intervals.DayOf(row.To)),
        ];
    }
}
