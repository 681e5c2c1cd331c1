using Chains;
using Dapper;
using Npgsql;
using Sync.Chains;
using Sync.Walks;

namespace Sync.Reconciliation;

/// <summary>
/// What came to an address by no transaction, by class. A provider is asked only where balances differ, once for each
/// difference, and only about what is not settled yet.
/// </summary>
internal sealed record OffLedgerSums(IReadOnlyDictionary<string, Amount> ByClass, OffLedgerChanges? Changes)
{
    public static OffLedgerSums None { get; } = new(new Dictionary<string, Amount>(), null);

    /// <summary>The sums for the round's difference; asked of its provider where that difference is a new one.</summary>
    public static async Task<OffLedgerSums> AskAsync(WalkStore store, Slice slice, CancellationToken ct)
    {
        var walk = slice.Walk;
        var difference = walk.Reported!.Value - walk.Derived;
        if (difference.IsZero) return None;
        if (!difference.IsPossible) throw Impossible(slice);

        List<Row> known;
        (long SettledTo, string? For) state;
        await using (var connection = await store.OpenAsync(ct))
        {
            known = (await connection.QueryAsync<Row>(new CommandDefinition(
                "select class, settled::text as settled, young::text as young from ledger_untold where ledger_id = @LedgerId", new { walk.LedgerId }, cancellationToken: ct))).AsList();
            state = await connection.QuerySingleAsync<(long, string?)>(new CommandDefinition(
                "select untold_height, untold_for::text from ledgers where ledger_id = @LedgerId", new { walk.LedgerId }, cancellationToken: ct));
        }

        if (state.For == difference.ToString()) return new(known.ToDictionary(row => row.Class, row => row.Settled + row.Young), null);

        if (await slice.Provider.OffLedgerChangesAsync(slice.Address, state.SettledTo, walk.StartHeight!.Value, slice.Asking) is not { } changes)
            return new(known.ToDictionary(row => row.Class, row => row.Settled + row.Young), null);

        walk.Requests++;
        var sums = known.Select(row => (row.Class, row.Settled)).Concat(changes.Told.Select(change => (change.Class, Settled: change.Value)))
            .GroupBy(each => each.Class, each => each.Settled).ToDictionary(each => each.Key, each => each.Aggregate(Amount.Zero, (sum, value) => sum + value));
        return sums.Values.All(sum => sum.IsPossible) ? new(sums, changes) : throw Impossible(slice);
    }

    /// <summary>Keeps what was told; what is deeper than any reorganisation is not asked for again, and what somebody told in whole not for this difference.</summary>
    public async Task WriteAsync(NpgsqlConnection connection, Walk walk, Network network, CancellationToken ct)
    {
        if (Changes is null) return;
        // Who does not tell all leaves the rest to others.
        var settledTo = Changes.IsWhole ? Math.Max(walk.StartHeight!.Value - network.SafeDepth, -1) : -1;
        var classes = Changes.Told.GroupBy(change => change.Class).Select(group => (
            Class: group.Key, Settled: Sum(group.Where(change => change.Height <= settledTo)), Young: Sum(group.Where(change => change.Height > settledTo)))).ToList();
        await connection.ExecuteAsync(new CommandDefinition("""
            update ledger_untold set young = 0 where ledger_id = @LedgerId;
            insert into ledger_untold as u (ledger_id, class, settled, young)
            select @LedgerId, n.class, n.settled::numeric, n.young::numeric from unnest(@classes, @settled, @young) as n (class, settled, young)
            on conflict (ledger_id, class) do update set settled = u.settled + excluded.settled, young = excluded.young;
            update ledgers set untold_height = greatest(untold_height, @settledTo), untold_for = case when @IsWhole then @difference::numeric end where ledger_id = @LedgerId
            """, new
        {
            walk.LedgerId, settledTo, Changes.IsWhole, difference = (walk.Reported!.Value - walk.Derived).ToString(),
            classes = classes.ConvertAll(each => each.Class), settled = classes.ConvertAll(each => each.Settled.ToString()), young = classes.ConvertAll(each => each.Young.ToString()),
        }, cancellationToken: ct));
    }

    private static ProviderException Impossible(Slice slice) => new(ProviderFailure.BadAnswer, slice.Provider.Provider, "tells a balance that its history cannot come to");

    private static Amount Sum(IEnumerable<OffLedgerChange> changes) => changes.Aggregate(Amount.Zero, (sum, change) => sum + change.Value);

    private sealed class Row
    {
        public string Class { get; init; } = "";

        public Amount Settled { get; init; }

        public Amount Young { get; init; }
    }
}
