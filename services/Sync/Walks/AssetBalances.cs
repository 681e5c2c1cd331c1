using Chains;
using Contracts;
using Dapper;
using EventSourcing;
using Npgsql;
using Sync.Ledgers;

namespace Sync.Walks;

/// <summary>The sums of a ledger's assets other than the native one, and what comparing them with a provider's balances comes to.</summary>
internal static class AssetBalances
{
    // One call of a provider. Who was sent a thousand worthless tokens has them compared in ten walks.
    private const int AtOnce = 100;

    /// <summary>Adds to the sums.</summary>
    public static Task MoveAsync(NpgsqlConnection connection, Guid ledgerId, AssetSums sums, CancellationToken ct) =>
        sums.Count == 0 ? Task.CompletedTask : connection.ExecuteAsync(new CommandDefinition("""
            insert into ledger_assets as a (ledger_id, asset, derived, derived_count)
            select @ledgerId, n.asset, n.delta::numeric, n.transactions from unnest(@assets, @deltas, @transactions) as n (asset, delta, transactions)
            on conflict (ledger_id, asset) do update set derived = a.derived + excluded.derived, derived_count = a.derived_count + excluded.derived_count
            """, new
        {
            ledgerId, assets = sums.Keys.ToArray(),
            deltas = sums.Values.Select(sum => sum.Delta.ToString()).ToArray(), transactions = sums.Values.Select(sum => sum.Transactions).ToArray(),
        }, cancellationToken: ct));

    /// <summary>Asks the round's provider for the assets whose sums changed since they were compared, those longest uncompared first.</summary>
    public static async Task<AssetAnswers> AskAsync(WalkStore store, Slice slice, CancellationToken ct)
    {
        string[] assets;
        await using (var connection = await store.OpenAsync(ct))
        {
            assets = [.. await connection.QueryAsync<string>(new CommandDefinition(
                "select asset from ledger_assets where ledger_id = @LedgerId and compared is distinct from derived order by compared_at nulls first, asset limit @AtOnce",
                new { slice.Walk.LedgerId, AtOnce }, cancellationToken: ct))];
        }

        if (assets.Length == 0) return AssetAnswers.None;
        slice.Walk.Requests++;
        return new AssetAnswers(assets, await slice.Provider.BalancesAsync(slice.Address, assets, slice.Asking));
    }

    /// <summary>The verdicts on the assets asked for; who is not told, or grew out of what an amount can be, is left without.</summary>
    public static async Task<IReadOnlyList<NewEvent>> CompareAsync(Work work, Slice slice, AssetAnswers answers, DateTimeOffset now, CancellationToken ct)
    {
        if (answers.Asked.Count == 0) return [];

        var (walk, told) = (slice.Walk, answers.Told);
        var rows = (await work.Connection.QueryAsync<Row>(new CommandDefinition("""
            select asset, derived::text as derived, derived_count from ledger_assets
            where ledger_id = @LedgerId and asset = any(@assets) and abs(derived) < 10::numeric ^ 78
            """, new { walk.LedgerId, assets = told.Keys.ToArray() }, cancellationToken: ct))).AsList();
        var events = rows.ConvertAll(row => (row.Asset, Event: Reconciled(row)));
        await work.Connection.ExecuteAsync(new CommandDefinition("""
            update ledger_assets set compared_at = @now where ledger_id = @LedgerId and asset = any(@asked);
            update ledger_assets a set verdict = n.verdict, compared = a.derived
            from unnest(@assets, @verdicts) as n (asset, verdict) where a.ledger_id = @LedgerId and a.asset = n.asset
            """, new
        {
            walk.LedgerId, now, asked = answers.Asked.ToArray(), assets = events.ConvertAll(e => e.Asset), verdicts = events.ConvertAll(e => e.Event.Verdict),
        }, cancellationToken: ct));
        return events.ConvertAll(e => NewEvent.Fresh(e.Event));

        LedgerEvent.BalanceReconciled Reconciled(Row row)
        {
            var (derived, reported) = (Amount.Parse(row.Derived), told[row.Asset]);
            return new(
                walk.LedgerId, reported == derived ? Reconciliation.Verified : Reconciliation.Mismatch, row.Asset, reported, derived, null, row.DerivedCount,
                walk.StartHeight!.Value, walk.StartHash!, slice.Provider.Provider,
                reported == derived ? [] : [new BalanceDifference("balance", reported - derived, 0)], now);
        }
    }

    private sealed class Row
    {
        public string Asset { get; init; } = "";

        public string Derived { get; init; } = "";

        public long DerivedCount { get; init; }
    }
}

/// <summary>The assets that a provider was asked for, and what it told of them.</summary>
internal sealed record AssetAnswers(IReadOnlyList<string> Asked, IReadOnlyDictionary<string, Amount> Told)
{
    public static AssetAnswers None { get; } = new([], new Dictionary<string, Amount>());
}
