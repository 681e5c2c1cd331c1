using Npgsql;
using Postgres;
using Sync.Ledgers;

namespace Sync.Reconciliation;

/// <summary>The rows of a ledger's assets other than the native one: their sums, and what comparing them came to.</summary>
internal static class AssetRows
{
    // One call of a provider. Who was sent a thousand worthless tokens has them compared in ten walks.
    public const int AtOnce = 100;

    // Of those whose sums are as they were: a balance may move by no Transfer, or by one that was listed too late to be read.
    private const int AgainAtOnce = 20;

    /// <summary>Adds to the sums.</summary>
    public static Task AddAsync(NpgsqlConnection connection, Guid ledgerId, AssetSums sums, CancellationToken ct) =>
        sums.Count == 0 ? Task.CompletedTask : connection.ExecuteAsync("""
            insert into ledger_assets as a (ledger_id, asset, derived, derived_count)
            select @ledgerId, n.asset, n.delta::numeric, n.transactions from unnest(@assets, @deltas, @transactions) as n (asset, delta, transactions)
            on conflict (ledger_id, asset) do update set
                derived = a.derived + excluded.derived, derived_count = a.derived_count + excluded.derived_count
            """, new
        {
            ledgerId, assets = sums.Keys.ToArray(),
            deltas = sums.Values.Select(sum => sum.Delta.ToString()).ToArray(), transactions = sums.Values.Select(sum => sum.Transactions).ToArray(),
        }, ct);

    /// <summary>The assets to compare now.</summary>
    public static Task<List<string>> DueAsync(
        NpgsqlDataSource database, Guid ledgerId, IEnumerable<string> held, bool isAskedFor, CancellationToken ct) =>
        database.QueryAsync<string>("""
            (select asset from ledger_assets where ledger_id = @ledgerId and compared is distinct from derived
             order by compared_at nulls first, asset limit @AtOnce)
            union all
            (select held.asset from unnest(@held) held (asset)
             where not exists (select from ledger_assets known where known.ledger_id = @ledgerId and known.asset = held.asset)
             order by held.asset limit @AtOnce)
            union all
            (select asset from ledger_assets where ledger_id = @ledgerId and compared = derived
               and (@isAskedFor or compared_at < now() - interval '1 day')
             order by compared_at, asset limit @AgainAtOnce)
            """, new { ledgerId, held = held.ToArray(), AtOnce, AgainAtOnce, isAskedFor }, ct);

    /// <summary>The sums of these assets, nothing of those that never moved, but for those that grew out of what an amount can be.</summary>
    public static Task<List<AssetBalance>> ReadAsync(NpgsqlDataSource database, Guid ledgerId, IEnumerable<string> assets, CancellationToken ct) =>
        database.QueryAsync<AssetBalance>("""
            select n.asset, coalesce(a.derived, 0)::text as derived, coalesce(a.derived_count, 0) as derived_count, a.verdict
            from unnest(@assets) as n (asset) left join ledger_assets a on a.ledger_id = @ledgerId and a.asset = n.asset
            where a.derived is null or abs(a.derived) < 10::numeric ^ 78
            """, new { ledgerId, assets = assets.ToArray() }, ct);

    /// <summary>Keeps what was compared, and the verdicts.</summary>
    public static Task WriteAsync(NpgsqlConnection connection, Guid ledgerId, AssetComparison compared, DateTimeOffset now, CancellationToken ct) =>
        compared.Asked.Count == 0 ? Task.CompletedTask : connection.ExecuteAsync("""
            insert into ledger_assets (ledger_id, asset, derived, derived_count) select @ledgerId, asset, 0, 0 from unnest(@assets) as n (asset)
            on conflict (ledger_id, asset) do nothing;
            update ledger_assets set compared_at = @now where ledger_id = @ledgerId and asset = any(@asked);
            update ledger_assets a set verdict = n.verdict, compared = a.derived
            from unnest(@assets, @verdicts) as n (asset, verdict) where a.ledger_id = @ledgerId and a.asset = n.asset
            """, new
        {
            ledgerId, now, asked = compared.Asked.ToArray(),
            assets = compared.Verdicts.Select(verdict => verdict.Asset).ToArray(),
            verdicts = compared.Verdicts.Select(verdict => verdict.Result.Verdict.Name()).ToArray(),
        }, ct);
}
