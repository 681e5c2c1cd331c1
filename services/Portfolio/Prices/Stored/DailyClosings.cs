using Npgsql;
using NpgsqlTypes;
using Portfolio.Prices.Sources;
using Postgres;
using Providers;

namespace Portfolio.Prices.Stored;

/// <summary>
/// Fills in the closings of all days since an asset first moved, newest first: a stretch of one asset at a time, each source in turn for the
/// days that those before it had none of. What is stored once is never asked for again.
/// </summary>
internal sealed class DailyClosings(
    NpgsqlDataSource database, HeldAssets held, PriceSources sources, PriceGaps gaps, SourceStates states, TimeProvider clock)
{
    private const int MostDays = 1_000;

    // Until then a day's end may not be in everybody's series.
    private static readonly TimeSpan Settles = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan SoonAgain = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan FreshDay = TimeSpan.FromHours(1);
    private static readonly TimeSpan OldDay = TimeSpan.FromDays(1);

    private readonly Queue<Stretch> stretches = [];

    private sealed record Stretch(PricedAsset Asset, DateOnly From, DateOnly To);

    /// <summary>Fills one stretch; true where there may be more. For one caller at a time.</summary>
    public async Task<bool> FillAsync(CancellationToken ct)
    {
        RequestPriority.Set(isWaitedFor: false);
        if (sources.Prices.Count == 0) return false;
        var now = clock.GetUtcNow();
        var last = DateOnly.FromDateTime((now - Settles).UtcDateTime).AddDays(-1);
        if (await NextAsync(last, now, ct) is not { } stretch) return false;

        var missing = (await MissingAsync(stretch, ct)).ToHashSet();
        var (failures, wait) = (new List<string>(), SoonAgain);
        foreach (var source in sources.Prices.Where(source => source.Knows(stretch.Asset)))
        {
            if (missing.Count == 0) break;
            try
            {
                foreach (var (day, quote) in await AskAsync(source, stretch.Asset, missing, ct))
                {
                    if (missing.Remove(day)) await StoreAsync(stretch.Asset.Id, day, quote, source.Name, ct);
                }

                await states.AnsweredAsync(source.Name, ct);
            }
            catch (ProviderException e) when (e.Failure is ProviderFailure.OutOfReach)
            {
                await states.AnsweredAsync(source.Name, ct);
            }
            catch (ProviderException e)
            {
                failures.Add(e.Message);
                if (e.RetryAfter > wait) wait = e.RetryAfter.Value;
                await states.FailedAsync(source.Name, e.Reason, ct);
            }
        }

        var reason = failures.Count > 0 ? string.Join("; ", failures) : "no source tells what it cost then";
        await gaps.MissDaysAsync(stretch.Asset.Id, stretch.From, stretch.To, missing, reason,
            (day, tries) => failures.Count > 0 ? wait : day >= last.AddDays(-2) ? FreshDay : PriceGaps.Pause(OldDay, tries), now, ct);
        return true;
    }

    private static async Task<IReadOnlyDictionary<DateOnly, Quote>> AskAsync(
        IPriceSource source, PricedAsset asset, HashSet<DateOnly> missing, CancellationToken ct)
    {
        var earliest = source.Earliest;
        try
        {
            return await FromAsync(earliest);
        }
        // It has just said how far it reaches.
        catch (ProviderException e) when (e.Failure is ProviderFailure.OutOfReach && source.Earliest > earliest)
        {
            return await FromAsync(source.Earliest);
        }

        async Task<IReadOnlyDictionary<DateOnly, Quote>> FromAsync(DateOnly first)
        {
            var reached = missing.Where(day => day >= first).ToList();
            if (reached.Count == 0) return new Dictionary<DateOnly, Quote>();
            return Closings.Of(await source.SeriesAsync(asset, reached.Min(), reached.Max(), ct), reached.Min(), reached.Max());
        }
    }

    private const string Lacking = """
        from unnest(@assets, @firsts) held (asset, first_day)
        cross join lateral (select held.first_day + n as day from generate_series(0, @last::date - held.first_day) n) d
        where not exists (select from daily_prices p where p.asset = held.asset and p.day = d.day)
        """;

    // Looked for once and then gone through: it takes all days of all assets to find what lacks.
    private async Task<Stretch?> NextAsync(DateOnly last, DateTimeOffset now, CancellationToken ct)
    {
        if (stretches.Count == 0)
        {
            foreach (var stretch in await LackingAsync(last, now, ct)) stretches.Enqueue(stretch);
        }

        return stretches.TryDequeue(out var next) ? next : null;
    }

    private async Task<IEnumerable<Stretch>> LackingAsync(DateOnly last, DateTimeOffset now, CancellationToken ct)
    {
        var known = (await held.ReadAsync(ct)).Where(asset => asset.FirstDay is { } first && first <= last).ToDictionary(asset => asset.Asset.Id);
        if (known.Count == 0) return [];
        var found = await database.QueryAsync<(string Asset, DateOnly First, DateOnly Last)>($"""
            select held.asset, min(d.day), max(d.day) {Lacking}
                and not exists (select from price_gaps g
                    where g.asset = held.asset and d.day between g.from_day and g.to_day and g.next_try > @now)
            group by held.asset
            """, new
        {
            last, now, assets = known.Keys.ToArray(),
            firsts = Sql.Column(known.Values, NpgsqlDbType.Date, asset => asset.FirstDay!.Value),
        }, ct);
        return found.SelectMany(each => Parts(known[each.Asset].Asset, each.First, each.Last)).OrderByDescending(stretch => stretch.To)
            .ThenBy(stretch => stretch.Asset.Id, StringComparer.Ordinal);
    }

    private static IEnumerable<Stretch> Parts(PricedAsset asset, DateOnly first, DateOnly last)
    {
        for (var end = last; end >= first; end = end.AddDays(-MostDays))
            yield return new Stretch(asset, end.DayNumber - first.DayNumber >= MostDays ? end.AddDays(1 - MostDays) : first, end);
    }

    private Task<List<DateOnly>> MissingAsync(Stretch stretch, CancellationToken ct) => database.QueryAsync<DateOnly>(
        $"select d.day {Lacking}", new
        {
            last = stretch.To, assets = new[] { stretch.Asset.Id }, firsts = Sql.Column([stretch], NpgsqlDbType.Date, each => each.From),
        }, ct);

    private Task<int> StoreAsync(string asset, DateOnly day, Quote quote, string source, CancellationToken ct) => database.ExecuteAsync("""
        insert into daily_prices (asset, day, usd, source, at) values (@asset, @day, @Usd, @source, @At) on conflict do nothing
        """, new { asset, day, quote.Usd, source, quote.At }, ct);
}
