using Microsoft.Extensions.Options;
using Npgsql;
using Portfolio.Balances;
using Postgres;

namespace Portfolio.Prices.Stored;

/// <summary>An asset that somebody holds or held.</summary>
/// <param name="FirstDay">The first day on which it moved; null where nothing is known of its history yet.</param>
/// <param name="IsHeld">Whether anybody holds some of it at present.</param>
internal sealed record HeldAsset(PricedAsset Asset, DateOnly? FirstDay, bool IsHeld);

/// <summary>The assets that are worth asking prices for.</summary>
internal sealed class HeldAssets(NpgsqlDataSource database, PricedAssets assets, IOptions<PricesOptions> options)
{
    // Tokens that no list names count for each of their holders, those that came first before others.
    private const string Sql = $"""
        with held as (
            select w.owner_id, b.asset, min(first.day) as first_day, coalesce(bool_or({BalanceTotals.Confirmed} <> 0), false) as is_held
            from wallets w
            join ledger_trackers t on t.wallet_id = w.wallet_id and not t.ended
            join ledgers l on l.ledger_id = t.ledger_id
            join balances b on b.ledger_id = l.ledger_id
            left join lateral (
                select d.day from balance_days d where d.ledger_id = b.ledger_id and d.asset = b.asset order by d.day limit 1) first on true
            group by w.owner_id, b.asset
        ), ranked as (
            select *, row_number() over (
                partition by owner_id, asset like '%/slip44:%' or asset = any(@listed) order by first_day, asset) as place
            from held
        )
        select asset, min(first_day), bool_or(is_held) from ranked
        where asset like '%/slip44:%' or asset = any(@listed) or place <= @MostUnlisted
        group by asset order by asset
        """;

    /// <summary>Those that a source may have a price of.</summary>
    public async Task<IReadOnlyList<HeldAsset>> ReadAsync(CancellationToken ct)
    {
        var rows = await database.QueryAsync<(string Asset, DateOnly? FirstDay, bool IsHeld)>(
            Sql, new { listed = assets.Listed.ToArray(), options.Value.MostUnlisted }, ct);
        var held = new List<HeldAsset>();
        foreach (var (id, firstDay, isHeld) in rows)
        {
            if (assets.Of(id) is { IsTest: false } asset)
                held.Add(new HeldAsset(asset, firstDay, isHeld));
        }

        return held;
    }
}
