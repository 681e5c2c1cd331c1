using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.RegularExpressions;
using Chains;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using Portfolio.Transactions;
using ServiceDefaults;

namespace Portfolio.History;

/// <summary>Which history of a wallet is asked for, as it stands in the query.</summary>
public readonly record struct HistoryRequest(
    [property: FromQuery(Name = "from"), InstantOrDay, Description("The first day; of an instant, its day in the time zone asked for. When left " +
        "out, each asset begins with the day of its first transaction.")] string? From = null,
    [property: FromQuery(Name = "to"), InstantOrDay, Description("The last day; of an instant, its day in the time zone asked for; today when " +
        "left out.")] string? To = null,
    [property: FromQuery(Name = "interval"), Description("`day` (when left out), `week` from Monday, or `month`."),
        AllowedValues("day", "week", "month")] string? Interval = null,
    [property: FromQuery(Name = "tz"), Description("The IANA time zone by whose calendar days begin; UTC when left out.")] string? Tz = null,
    [property: FromQuery(Name = "asset"), Description("Only this asset, by its CAIP-19 id.")] string? Asset = null,
    [property: FromQuery(Name = "address"), Description("Only this address: its id in the wallet, or the address itself.")] string? Address = null);

/// <summary>What a wallet held and what changed, interval by interval.</summary>
internal sealed partial class GetWalletHistory(
    NpgsqlDataSource database, WalletAccess access, NetworkCatalogue networks, KnownAssets assets, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/wallets/{id:guid}/history", async Task<Ok<Page<HistoryEntry>>> (
                Guid id, Caller caller, [AsParameters] PageRequest page, [AsParameters] HistoryRequest request,
                GetWalletHistory history, CancellationToken ct) => TypedResults.Ok(await history.ReadAsync(caller, id, page, request, ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("wallet-not-found", "address-not-found", "limit-out-of-range", "cursor-invalid", "invalid-parameter", "range-too-wide")
            .WithName("GetWalletHistory")
            .WithTags("Balances")
            .WithSummary("Tells what a wallet held and what changed, by day, week or month, newest first")
            .WithDescription("One entry for each interval of the range and each asset that ever moved, also where nothing changed; without `from` " +
                "none before an asset's first transaction. "
                + "Transactions belong to the interval that their block's time is in.");

    public async Task<Page<HistoryEntry>> ReadAsync(Caller caller, Guid wallet, PageRequest request, HistoryRequest asked, CancellationToken ct)
    {
        var unit = asked.Interval ?? "day";
        if (unit is not ("day" or "week" or "month")) throw Instant.Invalid("interval", "is 'day', 'week' or 'month'.");
        if (asked.Asset is { } named && !Caip19().IsMatch(named))
            throw Instant.Invalid("asset", "is a CAIP-19 id such as bip122:000000000019d6689c085ae165831e93/slip44:0.");
        var zone = Zones.Read(asked.Tz);
        var place = request.In("history", wallet.ToString(), asked.From, asked.To, unit, zone.Id, asked.Asset, asked.Address);

        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.GetUtcNow(), zone).DateTime);
        var to = asked.To is { } last ? Instant.ReadDay(last, "to", zone) : today;
        if (to > today) throw Instant.Invalid("to", "is in the future; what will be is not known.");
        DateOnly? from = asked.From is { } first ? Instant.ReadDay(first, "from", zone) : null;
        if (from > to) throw Instant.Invalid("from", "is later than 'to'.");
        if (from is { } earliest) Intervals.Between(unit, zone, earliest, to);

        await access.RequireAsync(caller, wallet, ct);
        var addresses = asked.Address is not { } address ? null
            : Guid.TryParse(address, out var id) ? await access.RequireAddressAsync(wallet, id, ct)
            : await access.RequireAddressAsync(wallet, TransactionFilter.Spellings(networks, address), ct);
        var settled = await SettledPast.ReadAsync(database, [wallet], addresses, ct);
        var held = await HistoryQuery.HeldAsync(database, [wallet], addresses, asked.Asset, ct);
        if (held.Count == 0) return new([], false);

        var firsts = held.ToDictionary(asset => asset, asset =>
            from ?? DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(asset.FirstAt, zone).DateTime));
        var start = firsts.Values.Min();
        var intervals = Intervals.Between(unit, zone, start < to ? start : to, to);
        var places = Places(held, intervals, place).Where(one => one.Interval >= intervals.NumberAt(firsts[one.Asset]));
        var entries = await EntriesAsync(wallet, addresses, asked.Asset, held, settled, intervals, [.. places.Take(place.Fetch)], ct);
        return place.PageOf(entries, entry => [Text(entry.Start), entry.Network, entry.Asset]);
    }

    private async Task<IReadOnlyList<HistoryEntry>> EntriesAsync(
        Guid wallet, IReadOnlyList<Guid>? addresses, string? only, IReadOnlyList<HeldAsset> held, SettledPast settled, Intervals intervals,
        IReadOnlyList<(int Interval, HeldAsset Asset)> places,
        CancellationToken ct)
    {
        if (places.Count == 0) return [];

        var (oldest, newest) = (places.Min(one => one.Interval), places.Max(one => one.Interval));
        var edges = Enumerable.Range(oldest, newest - oldest + 2).Select(intervals.EdgeOf).ToList();
        var sums = (await HistoryQuery.SumsAsync(database, [wallet], addresses, only, edges, ct))
            .ToLookup(sum => (sum.Network, sum.Asset));
        var closings = held.ToDictionary(asset => asset, asset => HistoryQuery.Closings(sums[(asset.Network, asset.Asset)], edges.Count - 1));
        var names = await assets.NamesAsync(places.Select(one => (one.Asset.Network, (string?)one.Asset.Asset)), ct);
        return [.. places.Select(one => Entry(one, closings[one.Asset][one.Interval - oldest]))];

        HistoryEntry Entry((int Interval, HeldAsset Asset) one, Closing sum)
        {
            var asset = names.Of(one.Asset.Network, one.Asset.Asset);
            var provisional = settled.IsProvisional(one.Asset.Network, intervals.EdgeOf(one.Interval + 1));
            return new(
                intervals.DayOf(one.Interval), one.Asset.Network, one.Asset.Asset, Money.Of(new(sum.Change), asset),
                Money.Of(new(sum.Held), asset),
                sum.Transactions, provisional);
        }
    }

    // Newest interval first, its assets in order; the other way round if the page is read backward.
    private static IEnumerable<(int Interval, HeldAsset Asset)> Places(IReadOnlyList<HeldAsset> held, Intervals intervals, PagePlace place)
    {
        var assets = place.Backward ? held.Reverse().ToList() : held;
        if (place.IsStart) return From(intervals.Count - 1);

        if (!DateOnly.TryParseExact(place.Key<string>(0), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            || intervals.NumberOf(day) is not { } number)
        {
            // The range may have begun later when the cursor was issued, never earlier.
            return [];
        }

        var (network, asset) = (place.Key<string>(1), place.Key<string>(2));
        return From(number).SkipWhile(one => one.Interval == number && Compare(one.Asset) <= 0);

        int Compare(HeldAsset one)
        {
            var order = string.CompareOrdinal(one.Network, network);
            order = order != 0 ? order : string.CompareOrdinal(one.Asset, asset);
            return place.Backward ? -order : order;
        }

        IEnumerable<(int Interval, HeldAsset Asset)> From(int begin)
        {
            for (var i = begin; i >= 0 && i < intervals.Count; i += place.Backward ? 1 : -1)
            {
                foreach (var one in assets) yield return (i, one);
            }
        }
    }

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    [GeneratedRegex("^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}/[-a-z0-9]{3,8}:[-.%a-zA-Z0-9]{1,128}\\z")]
    private static partial Regex Caip19();
}
