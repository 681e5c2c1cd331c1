using Chains;
using Npgsql;
using Postgres;

namespace Sync.Reconciliation;

/// <summary>
/// The lowest that balances ever were after a block, where that is below zero. No chain has such a balance: something that came
/// before is missing, and as much that went, or the sums would not agree in the end.
/// </summary>
internal sealed record LowestBalances(Amount? Native, IReadOnlyDictionary<string, Amount> Others)
{
    // Counted down from the newest block; what is about to be taken back is taken off first. What was lowest at or below the floor
    // still is: rows there do not change. Where it was above, all of that asset is counted again: what was missing may have been found.
    private const string Read = """
        with assets as (
            select *, case when coalesce(below_zero_height, case when below_zero is null then -1 end) <= @floor then @floor else -1 end as floor
            from (
                select '' as asset, @derived::numeric as derived, below_zero, below_zero_height from ledgers where ledger_id = @ledgerId
                union all
                select asset, derived, below_zero, below_zero_height from ledger_assets where ledger_id = @ledgerId) each),
        balances as (
            select asset, height, gone, derived - coalesce(sum(sum(delta)) over (
                partition by asset order by gone desc, height desc rows between unbounded preceding and 1 preceding), 0) as balance
            from (select changed.*, height, txid = any(@gone) as gone
                  from ledger_transactions
                  cross join lateral (
                      select '' as asset, delta union all select key, value::numeric from jsonb_each_text(others)) changed
                  where ledger_id = @ledgerId and not orphaned and height > (select min(floor) from assets)) changes
            join assets using (asset)
            where height > floor
            group by asset, derived, gone, height)
        select distinct on (asset) asset, greatest(found.balance, -1e77)::text as balance, height from (
            select asset, balance, height from balances where not gone and balance < 0
            union all select asset, below_zero, below_zero_height from assets where below_zero_height <= @floor) found
        order by asset, found.balance, height
        """;

    private IReadOnlyList<Lowest> All { get; init; } = [];

    /// <summary>Reads them, of the rows above a floor and of what was kept, once those that are gone are taken off the sums.</summary>
    public static async Task<LowestBalances> ReadAsync(
        NpgsqlConnection connection, Guid ledgerId, Amount derived, long? floor, string[] gone, CancellationToken ct)
    {
        var all = await connection.QueryAsync<Lowest>(Read, new { ledgerId, derived = derived.ToString(), floor = floor ?? -1, gone }, ct);
        var byAsset = all.ToDictionary(lowest => lowest.Asset, lowest => Amount.Parse(lowest.Balance));
        return new(byAsset.Remove("", out var native) ? native : null, byAsset) { All = all };
    }

    /// <summary>Keeps them, but for the native balance itself, which the walk's state has.</summary>
    public Task WriteAsync(NpgsqlConnection connection, Guid ledgerId, CancellationToken ct) => connection.ExecuteAsync("""
        with lowest as (select * from unnest(@assets, @balances, @heights) as n (asset, balance, height)),
        native as (
            update ledgers set below_zero_height = n.height from (select max(height) as height from lowest where asset = '') n
            where ledger_id = @ledgerId and below_zero_height is distinct from n.height)
        update ledger_assets a set below_zero = n.balance::numeric, below_zero_height = n.height
        from ledger_assets k left join lowest n using (asset)
        where k.ledger_id = @ledgerId and a.ledger_id = @ledgerId and a.asset = k.asset
            and (a.below_zero is distinct from n.balance::numeric or a.below_zero_height is distinct from n.height)
        """, new
    {
        ledgerId, assets = All.Select(each => each.Asset).ToArray(), balances = All.Select(each => each.Balance).ToArray(),
        heights = All.Select(each => each.Height).ToArray(),
    }, ct);

    /// <summary>Has them looked for from the beginning: a transaction came to stand among those that are not counted again.</summary>
    public static Task DoubtAsync(NpgsqlConnection connection, Guid ledgerId, CancellationToken ct) => connection.ExecuteAsync("""
        update ledgers set below_zero_height = 9223372036854775807 where ledger_id = @ledgerId;
        update ledger_assets set below_zero_height = 9223372036854775807 where ledger_id = @ledgerId
        """, new { ledgerId }, ct);

    /// <param name="Asset">Empty for the native one.</param>
    /// <param name="Balance">In base units.</param>
    /// <param name="Height">After which block.</param>
    private sealed record Lowest(string Asset, string Balance, long Height);
}
