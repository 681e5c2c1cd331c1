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
    // Counted down from the newest block; what is about to be taken back is taken off first. Where some balance was below zero, the
    // whole history is read again: what was missing may have been found.
    private const string Above = """
        ledger_id = @ledgerId and not orphaned and height > case
            when exists (select from ledger_assets a where a.ledger_id = @ledgerId and a.below_zero is not null) then -1 else @floor end
        """;

    private const string OfNative = $"""
        select (
            select greatest(min(after), -1e77)::text from (
                select gone, @derived::numeric - coalesce(sum(sum(delta)) over (
                    order by gone desc, height desc rows between unbounded preceding and 1 preceding), 0) as after
                from (select height, delta, txid = any(@gone) as gone from ledger_transactions where {Above}) t
                group by gone, height) balances
            where not gone having min(after) < 0) as lowest,
            exists (select from ledger_assets where ledger_id = @ledgerId) as has_others
        """;

    private const string OfOthers = $"""
        select asset, greatest(min(after), -1e77)::text as lowest from (
            select asset, gone, derived - coalesce(sum(sum(delta)) over (
                partition by asset order by gone desc, height desc rows between unbounded preceding and 1 preceding), 0) as after
            from (select height, other.key as asset, other.value::numeric as delta, txid = any(@gone) as gone
                  from ledger_transactions cross join lateral jsonb_each_text(others) other
                  where {Above} and others is not null) t
            join ledger_assets a using (asset)
            where a.ledger_id = @ledgerId
            group by asset, derived, gone, height) balances
        where not gone group by asset having min(after) < 0
        """;

    /// <summary>Whether there are others at all.</summary>
    private bool HasOthers { get; init; }

    /// <summary>Reads them from the rows above a floor, once those that are gone are taken off the sums.</summary>
    public static async Task<LowestBalances> ReadAsync(
        NpgsqlConnection connection, Guid ledgerId, Amount derived, long? floor, string[] gone, CancellationToken ct)
    {
        var asked = new { ledgerId, derived = derived.ToString(), floor = floor ?? -1, gone };
        var (native, hasOthers) = await connection.QuerySingleAsync<(string?, bool)>(OfNative, asked, ct);
        var others = hasOthers ? await connection.QueryAsync<(string Asset, string Lowest)>(OfOthers, asked, ct) : [];
        return new(native is null ? null : Amount.Parse(native), others.ToDictionary(other => other.Asset, other => Amount.Parse(other.Lowest)))
        {
            HasOthers = hasOthers,
        };
    }

    /// <summary>Keeps those of assets other than the native one.</summary>
    public Task WriteAsync(NpgsqlConnection connection, Guid ledgerId, CancellationToken ct) =>
        !HasOthers ? Task.CompletedTask : connection.ExecuteAsync("""
            update ledger_assets a set below_zero = n.lowest::numeric
            from ledger_assets k left join unnest(@assets, @lowest) as n (asset, lowest) using (asset)
            where k.ledger_id = @ledgerId and a.ledger_id = @ledgerId and a.asset = k.asset and a.below_zero is distinct from n.lowest::numeric
            """, new
        {
            ledgerId, assets = Others.Keys.ToArray(), lowest = Others.Values.Select(lowest => lowest.ToString()).ToArray(),
        }, ct);
}
