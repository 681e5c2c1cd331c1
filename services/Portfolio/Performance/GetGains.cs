using Microsoft.AspNetCore.Http.HttpResults;
using ServiceDefaults;

namespace Portfolio.Performance;

/// <summary>A year's gains, lot by lot.</summary>
internal sealed class GetGains(GainsReport report, WalletAccess access, TimeProvider time)
{
    public const string Rules = "Everything is valued by its day's price, so that each figure can be redone by hand. What comes from outside is " +
        "acquired at that price and what goes there is disposed of at it; transfers between the caller's own addresses carry their lots with the " +
        "days they were acquired. Assets marked as spam are left out. It counts by the rules that are asked for; which apply to anybody it does " +
        "not know. No advice.";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/portfolio/gains", async Task<Ok<GainsView>> (
                Caller caller, [AsParameters] PageRequest page, [AsParameters] GainsRequest request, GetGains gains, CancellationToken ct) =>
                TypedResults.Ok(await gains.ReadAsync(caller, page, request, ct)))
            .RequireScope(Scopes.PortfolioRead)
            .WithProblems("wallet-not-found", "limit-out-of-range", "cursor-invalid", "invalid-parameter")
            .WithName("GetGains")
            .WithTags("Portfolio")
            .WithSummary("Tells a year's realised and unrealised gains, lot by lot")
            .WithDescription(Rules);

    public async Task<GainsView> ReadAsync(Caller caller, PageRequest request, GainsRequest asked, CancellationToken ct)
    {
        var query = GainsQuery.Read(asked, time);
        var place = request.In("gains", [caller.UserId.ToString(), .. query.Key]);
        if (query.Wallet is { } wallet) await access.RequireAsync(caller, wallet, ct);

        var open = await report.OpenAsync(caller, query, ct);
        var (sums, disposals) = (new GainsSums(query.Currency), new List<ListedDisposal>());
        var counts = new Dictionary<(string, string, string), int>();
        await foreach (var entry in report.ReadAsync(caller, query, open, ct))
        {
            sums.Add(entry);
            if (entry.Entry is not LotEntry.Disposal) continue;
            var same = (entry.Network, entry.Entry.Id, entry.Asset.Caip19);
            disposals.Add(new(entry, counts[same] = counts.GetValueOrDefault(same) + 1));
        }

        disposals.Sort();
        var page = place.PageOf(Taken(disposals, place), one => one.Key);
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        return new(
            query.Year, asked.Method ?? "fifo", asked.Scope ?? "universal", asked.TransferFee ?? "disposal", asked.LongTermDays ?? 365,
            query.Currency.Code, open.Provisional, [.. open.LeftOut.Order(StringComparer.Ordinal)], sums.Disposals, sums.Income, sums.Ignored,
            sums.Open(open, query.Rules, query.Wallet, open.Last < today ? open.Last : today),
            [.. page.Data.Select(one => sums.View(one.Entry))], page.HasMore, page.Next, page.Prev);
    }

    // By what it is and not by its number: a transaction of another day that is read meanwhile moves no page.
    private static List<ListedDisposal> Taken(List<ListedDisposal> sorted, PagePlace place)
    {
        if (place.IsStart) return [.. sorted.Take(place.Fetch)];
        var (at, network, txid, asset, number) = (
            place.Key<DateTimeOffset>(0), place.Key<string>(1), place.Key<string>(2), place.Key<string>(3), place.Key<int>(4));
        return place.Backward
            ? [.. sorted.AsEnumerable().Reverse().SkipWhile(one => one.CompareTo(at, network, txid, asset, number) >= 0).Take(place.Fetch)]
            : [.. sorted.SkipWhile(one => one.CompareTo(at, network, txid, asset, number) <= 0).Take(place.Fetch)];
    }
}
