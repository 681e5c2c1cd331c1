using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Prices.Stored;
using Postgres;
using Providers;
using ServiceDefaults;

namespace Portfolio.Prices;

/// <summary>Stores what sources were asked, and every minute tells what is left of their budgets and how the prices are.</summary>
internal sealed class PriceWatch(
    ProviderUsage usage, BudgetStates states, HeldAssets held, NpgsqlDataSource database, IOptions<PricesOptions> options, TimeProvider clock,
    ILogger<PriceWatch> log) : RecurringWork(StoreEvery, clock, log)
{
    private static readonly TimeSpan StoreEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);
    private readonly TimeProvider clock = clock;
    private DateTimeOffset looked = DateTimeOffset.MinValue;

    protected override string Postponed => "What sources of prices were asked is stored later";

    /// <summary>Tells how the prices are.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        foreach (var state in await states.ReadAsync(ct)) PriceMetrics.Sources.Measure(state, now);
        var assets = await held.ReadAsync(ct);
        var ages = await database.QueryAsync<double>("""
            select extract(epoch from @now - max(at))::float8 from latest_prices where asset = any(@assets) group by asset
            """, new { now, assets = assets.Where(asset => asset.IsHeld).Select(asset => asset.Asset.Id).ToArray() }, ct);
        var stale = ages.Count(age => age > options.Value.StaleSeconds);
        PriceMetrics.Age.Record(ages.DefaultIfEmpty(0).Max());
        foreach (var (state, count) in new[]
        {
            ("priced", ages.Count - stale), ("stale", stale), ("unpriced", assets.Count(asset => asset.IsHeld) - ages.Count),
        }) PriceMetrics.Assets.Record(count, new KeyValuePair<string, object?>("state", state));

        var moved = assets.Where(asset => asset.FirstDay is not null).ToList();
        PriceMetrics.MissingClosings.Record(await database.ScalarAsync<long>("""
            select coalesce(sum(greatest(@yesterday::date - first_day + 1, 0)
                - (select count(*) from daily_prices p where p.asset = held.asset and p.day between first_day and @yesterday)), 0)::bigint
            from unnest(@assets, @firsts) held (asset, first_day)
            """, new
        {
            yesterday = DateOnly.FromDateTime(now.UtcDateTime).AddDays(-1), assets = moved.Select(asset => asset.Asset.Id).ToArray(),
            firsts = Sql.Column(moved, NpgsqlDbType.Date, asset => asset.FirstDay!.Value),
        }, ct));
        if ((await database.QueryAsync<DateOnly?>("select max(day) from exchange_rates", null, ct))[0] is { } fixedOn)
            PriceMetrics.RatesAge.Record((now - new DateTimeOffset(fixedOn, new TimeOnly(15, 0), TimeSpan.Zero)).TotalSeconds);
    }

    protected override async Task<bool> DoAsync(CancellationToken ct)
    {
        await usage.StoreAsync(ct);
        if (clock.GetUtcNow() - looked < LookEvery) return false;
        looked = clock.GetUtcNow();
        await LookAsync(ct);
        return false;
    }
}
