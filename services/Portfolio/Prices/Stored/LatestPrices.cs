using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Prices.Sources;
using Postgres;
using Providers;

namespace Portfolio.Prices.Stored;

/// <summary>Asks for the latest prices of what is held: each source in turn for what those before it had none of.</summary>
internal sealed class LatestPrices(
    NpgsqlDataSource database, HeldAssets held, PriceSources sources, PriceGaps gaps, SourceStates states, IOptions<PricesOptions> options,
    TimeProvider clock)
{
    private const int KeptDays = 8;
    private static readonly TimeSpan UnknownFor = TimeSpan.FromHours(1);
    private static readonly TimeSpan Oldest = TimeSpan.FromDays(7);
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>Asks once for all that is due.</summary>
    public async Task RefreshAsync(CancellationToken ct)
    {
        // People look at these.
        RequestPriority.Set(isWaitedFor: true);
        var now = clock.GetUtcNow();
        var vain = await gaps.LatestAsync(now, ct);
        var wanted = (await held.ReadAsync(ct)).Where(asset => asset.IsHeld && !vain.Contains(asset.Asset.Id))
            .Select(asset => asset.Asset).ToHashSet();
        var failures = new List<string>();
        foreach (var source in sources.Prices)
        {
            var asked = wanted.Where(source.Knows).ToList();
            if (asked.Count == 0) continue;
            try
            {
                var quotes = await source.LatestAsync(asked, ct);
                var usable = quotes.Where(quote => quote.Value.At <= now + Tolerance && quote.Value.At >= now - Oldest).ToList();
                await StoreAsync(source.Name, usable, now, ct);
                await states.AnsweredAsync(source.Name, ct);
                wanted.ExceptWith(usable.Select(quote => quote.Key));
            }
            catch (ProviderException e)
            {
                failures.Add(e.Message);
                await states.FailedAsync(source.Name, e.Reason, ct);
            }
        }

        foreach (var asset in wanted) await MissAsync(asset, failures, now, ct);
        await database.ExecuteAsync("delete from latest_prices where day < @day",
            new { day = DateOnly.FromDateTime(now.UtcDateTime).AddDays(-KeptDays) }, ct);
    }

    // Who failed may have it; what nobody knows is not asked for every few minutes.
    private Task MissAsync(PricedAsset asset, List<string> failures, DateTimeOffset now, CancellationToken ct)
    {
        if (failures.Count > 0)
            return gaps.MissLatestAsync(asset.Id, string.Join("; ", failures), TimeSpan.FromSeconds(options.Value.LatestSeconds / 2), false, now, ct);
        return gaps.MissLatestAsync(asset.Id, Unknown(asset), UnknownFor, true, now, ct);
    }

    internal string Unknown(PricedAsset asset) => sources.Prices.Where(source => source.Knows(asset)).Select(source => source.Name).ToList() switch
    {
        { Count: 0 } => "no source knows its network",
        var asked => $"{string.Join(", ", asked)} {(asked.Count == 1 ? "tells" : "tell")} no price of it",
    };

    private async Task StoreAsync(
        string source, List<KeyValuePair<PricedAsset, Quote>> quotes, DateTimeOffset now, CancellationToken ct)
    {
        if (quotes.Count == 0) return;
        await database.ExecuteAsync("""
            insert into latest_prices as known (asset, day, usd, source, at, asked_at)
            select asset, (at at time zone 'UTC')::date, usd, @source, at, @now from unnest(@assets, @prices, @times) told (asset, usd, at)
            on conflict (asset, day) do update set usd = excluded.usd, source = excluded.source, at = excluded.at, asked_at = excluded.asked_at
            where known.at <= excluded.at
            """, new
        {
            source, now,
            assets = Sql.Column(quotes, NpgsqlDbType.Text, quote => quote.Key.Id),
            prices = Sql.Column(quotes, NpgsqlDbType.Numeric, quote => quote.Value.Usd),
            times = Sql.Column(quotes, NpgsqlDbType.TimestampTz, quote => quote.Value.At.UtcDateTime),
        }, ct);
        await gaps.HadLatestAsync(quotes.Select(quote => quote.Key.Id), ct);
    }
}
