using Chains;
using Dapper;
using EventSourcing;
using Npgsql;
using Sync.Chains;
using Sync.Ledgers;
using Sync.Walks;

namespace Sync.Reconciliation;

/// <summary>The sums of a ledger's assets other than the native one, and what comparing them with a provider's balances comes to.</summary>
internal static class AssetBalances
{
    // One call of a provider. Who was sent a thousand worthless tokens has them compared in ten walks.
    private const int AtOnce = 100;

    // Of those whose sums are as they were: a balance may move by no Transfer, or by one that was told too late to be read.
    private const int AgainAtOnce = 20;

    // Differences looked into in one walk; the others' turn comes with the next ones.
    private const int LookedInto = 10;

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

    /// <summary>
    /// Asks the round's provider for the assets whose sums changed since they were compared, and for some of the others once a
    /// day and when a sync is asked for; those longest uncompared first.
    /// </summary>
    public static async Task<AssetAnswers> AskAsync(WalkStore store, Slice slice, CancellationToken ct)
    {
        string[] assets;
        await using (var connection = await store.OpenAsync(ct))
        {
            assets = [.. await connection.QueryAsync<string>(new CommandDefinition(
                """
                (select asset from ledger_assets where ledger_id = @LedgerId and compared is distinct from derived order by compared_at nulls first, asset limit @AtOnce)
                union all
                (select asset from ledger_assets where ledger_id = @LedgerId and compared = derived and (@isAsked or compared_at < now() - interval '1 day') order by compared_at, asset limit @AgainAtOnce)
                """, new { slice.Walk.LedgerId, AtOnce, AgainAtOnce, isAsked = slice.Walk.Trigger == Triggers.Requested }, cancellationToken: ct))];
        }

        if (assets.Length == 0) return AssetAnswers.None;
        slice.Walk.Requests++;
        return new AssetAnswers(assets, await slice.Provider.BalancesAsync(slice.Address, assets, slice.Walk.Start, slice.Asking), AssetAnswers.None.Listed);
    }

    /// <summary>Asks what the provider lists of the assets whose balance is another than their sum.</summary>
    public static async Task<AssetAnswers> LookIntoAsync(WalkStore store, Slice slice, AssetAnswers answers, CancellationToken ct)
    {
        if (answers.Asked.Count == 0) return answers;
        var told = new Dictionary<string, Amount>(answers.Told);
        List<Row> rows;
        await using (var connection = await store.OpenAsync(ct)) rows = await RowsAsync(connection, slice.Walk.LedgerId, told.Keys, ct);

        var (listed, left) = (new Dictionary<string, ListedAsset>(), new HashSet<string>());
        foreach (var row in rows.Where(row => told[row.Asset] != Amount.Parse(row.Derived)))
        {
            if (listed.Count == LookedInto)
            {
                told.Remove(row.Asset);
                left.Add(row.Asset);
                continue;
            }

            slice.Walk.Requests++;
            if (await slice.Provider.ListedAsync(slice.Address, row.Asset, slice.Walk.StartHeight!.Value, slice.Asking) is { } all) listed[row.Asset] = all;
        }

        return new AssetAnswers([.. answers.Asked.Where(asset => !left.Contains(asset))], told, listed);
    }

    private static async Task<List<Row>> RowsAsync(NpgsqlConnection connection, Guid ledgerId, IEnumerable<string> assets, CancellationToken ct) =>
        (await connection.QueryAsync<Row>(new CommandDefinition("""
            select asset, derived::text as derived, derived_count, verdict from ledger_assets
            where ledger_id = @ledgerId and asset = any(@assets) and abs(derived) < 10::numeric ^ 78
            """, new { ledgerId, assets = assets.ToArray() }, cancellationToken: ct))).AsList();

    /// <summary>
    /// The verdicts on the assets asked for; who is not told, or whose sum or difference grew out of what an amount can be, is
    /// left without. Where one that agreed does not any more and nothing explains it, the next walk reads the whole history
    /// again: it begins anew at the top and ends at the bottom.
    /// </summary>
    public static async Task<IReadOnlyList<NewEvent>> CompareAsync(Work work, Slice slice, AssetAnswers answers, DateTimeOffset now, CancellationToken ct)
    {
        if (answers.Asked.Count == 0) return [];

        var (walk, told) = (slice.Walk, answers.Told);
        var rows = await RowsAsync(work.Connection, walk.LedgerId, told.Keys, ct);
        var events = rows.Where(row => (told[row.Asset] - Amount.Parse(row.Derived)).IsPossible).Select(row => (row.Asset, row.Verdict, Event: Reconciled(row))).ToList();
        await work.Connection.ExecuteAsync(new CommandDefinition("""
            update ledger_assets set compared_at = @now where ledger_id = @LedgerId and asset = any(@asked);
            update ledger_assets a set verdict = n.verdict, compared = a.derived
            from unnest(@assets, @verdicts) as n (asset, verdict) where a.ledger_id = @LedgerId and a.asset = n.asset
            """, new
        {
            walk.LedgerId, now, asked = answers.Asked.ToArray(), assets = events.ConvertAll(e => e.Asset), verdicts = events.ConvertAll(e => e.Event.Verdict),
        }, cancellationToken: ct));
        var isNew = events.Exists(e => e is { Verdict: BalanceVerdict.Verified or BalanceVerdict.Explained, Event.Verdict: BalanceVerdict.Mismatch });
        if (isNew && walk.Kind is not (WalkKind.First or WalkKind.Repair) && await MayReadAgainAsync(work.Connection, walk.LedgerId, now, ct)) walk.SettledHeight = null;
        return events.ConvertAll(e => NewEvent.Fresh(e.Event));

        LedgerEvent.BalanceReconciled Reconciled(Row row)
        {
            var (derived, reported) = (Amount.Parse(row.Derived), told[row.Asset]);
            var result = BalanceVerdict.OfAsset(reported, derived, row.DerivedCount, answers.Listed.GetValueOrDefault(row.Asset));
            return new(
                walk.LedgerId, result.Verdict, row.Asset, reported, derived, null, row.DerivedCount,
                walk.StartHeight!.Value, walk.StartHash!, slice.Provider.Provider,
                result.Differences, now);
        }
    }

    // A contract may tell any balance, and another one every day: that must not have an address read for ever.
    private static async Task<bool> MayReadAgainAsync(NpgsqlConnection connection, Guid ledgerId, DateTimeOffset now, CancellationToken ct) =>
        await connection.ExecuteAsync(new CommandDefinition(
            "update ledgers set read_again_at = @now where ledger_id = @ledgerId and coalesce(read_again_at, '-infinity') < @now - interval '30 days'",
            new { ledgerId, now }, cancellationToken: ct)) > 0;

    private sealed class Row
    {
        public string Asset { get; init; } = "";

        public string Derived { get; init; } = "";

        public long DerivedCount { get; init; }

        public string? Verdict { get; init; }
    }
}

/// <summary>The assets that a provider was asked for, what it told of them, and what it lists of those whose balance is another.</summary>
internal sealed record AssetAnswers(IReadOnlyList<string> Asked, IReadOnlyDictionary<string, Amount> Told, IReadOnlyDictionary<string, ListedAsset> Listed)
{
    public static AssetAnswers None { get; } = new([], new Dictionary<string, Amount>(), new Dictionary<string, ListedAsset>());
}
