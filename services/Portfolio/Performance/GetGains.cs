using System.Globalization;
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
        var (sums, disposals) = (new GainsSums(query.Currency), new List<(AssetEntry Entry, long Number)>());
        await foreach (var entry in report.ReadAsync(caller, query, open, ct))
        {
            sums.Add(entry);
            if (entry.Entry is LotEntry.Disposal) disposals.Add((entry, disposals.Count));
        }

        // What fell on one instant stays as the chain has it.
        disposals.Sort((one, other) => one.Entry.Entry.At.CompareTo(other.Entry.Entry.At) is not 0 and var order ? order
            : one.Number.CompareTo(other.Number));
        var page = place.PageOf(Taken(disposals, place), row => [row.ToString(CultureInfo.InvariantCulture)]);
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        return new(
            query.Year, asked.Method ?? "fifo", asked.Scope ?? "universal", asked.TransferFee ?? "disposal", asked.LongTermDays ?? 365,
            query.Currency.Code, open.Provisional, [.. open.LeftOut.Order(StringComparer.Ordinal)], sums.Disposals, sums.Income, sums.Ignored,
            sums.Open(open, query.Rules, query.Wallet, open.Last < today ? open.Last : today),
            [.. page.Data.Select(row => sums.View(disposals[row].Entry))], page.HasMore, page.Next, page.Prev);
    }

    // A row's place in the year; a year that is over keeps it.
    private static List<int> Taken(List<(AssetEntry, long)> disposals, PagePlace place)
    {
        var all = Enumerable.Range(0, disposals.Count);
        if (place.IsStart) return [.. all.Take(place.Fetch)];
        var key = place.Key<int>(0);
        return place.Backward ? [.. all.Take(Math.Max(key, 0)).Reverse().Take(place.Fetch)] : [.. all.Skip(Math.Max(key, -1) + 1).Take(place.Fetch)];
    }
}
