using Chains;
using Npgsql;
using Postgres;
using Sync.Chains;

namespace Sync.Reconciliation;

/// <summary>
/// What came to an address by no transaction, by class. A provider is asked only where balances differ, once for each
/// difference, and only about what is not settled yet.
/// </summary>
internal sealed record OffLedgerSums(IReadOnlyDictionary<string, Amount> ByClass, OffLedgerChanges? Changes)
{
    public static OffLedgerSums None { get; } = new(new Dictionary<string, Amount>(), null);

    /// <summary>The sums for the round's difference; asked of its provider, and counted, where that difference is a new one.</summary>
    public static async Task<OffLedgerSums> AskAsync(
        NpgsqlDataSource database, BalanceInquiry inquiry, Amount difference, Action count, CancellationToken ct)
    {
        if (difference.IsZero) return None;
        if (!difference.IsPossible) throw Impossible(inquiry);

        var known = await database.QueryAsync<Row>(
            "select class, settled::text as settled, young::text as young from ledger_untold where ledger_id = @LedgerId",
            new { inquiry.LedgerId }, ct);
        var (settledTo, askedFor) = await database.QuerySingleAsync<(long, string?)>(
            "select untold_height, untold_for::text from ledgers where ledger_id = @LedgerId", new { inquiry.LedgerId }, ct);
        var changes = askedFor == difference.ToString() || inquiry.Provider is not IOffLedgerChanges provider ? null
            : await provider.OffLedgerChangesAsync(inquiry.Address, settledTo, inquiry.Tip.Height, inquiry.ProviderDeadline);
        if (changes is null)
            return new(known.ToDictionary(row => row.Class, row => row.Settled + row.Young), null);

        count();
        var sums = known.Select(row => (row.Class, row.Settled)).Concat(changes.Told.Select(change => (change.Class, Settled: change.Value)))
            .GroupBy(each => each.Class, each => each.Settled)
            .ToDictionary(each => each.Key, each => each.Aggregate(Amount.Zero, (sum, value) => sum + value));
        return sums.Values.All(sum => sum.IsPossible) ? new(sums, changes) : throw Impossible(inquiry);
    }

    /// <summary>
    /// Keeps what was reported for a difference; what is deeper than any reorganisation is not asked for again, and what
    /// somebody reported in whole not for this difference.
    /// </summary>
    public async Task WriteAsync(NpgsqlConnection connection, Guid ledgerId, long tipHeight, int safeDepth, Amount difference, CancellationToken ct)
    {
        if (Changes is null) return;
        // Who does not report all leaves the rest to others.
        var settledTo = Changes.IsWhole ? Math.Max(tipHeight - safeDepth, -1) : -1;
        var classes = Changes.Told.GroupBy(change => change.Class).Select(group => (
            Class: group.Key, Settled: Sum(group.Where(change => change.Height <= settledTo)),
            Young: Sum(group.Where(change => change.Height > settledTo)))).ToList();
        await connection.ExecuteAsync("""
            update ledger_untold set young = 0 where ledger_id = @ledgerId;
            insert into ledger_untold as u (ledger_id, class, settled, young)
            select @ledgerId, n.class, n.settled::numeric, n.young::numeric from unnest(@classes, @settled, @young) as n (class, settled, young)
            on conflict (ledger_id, class) do update set settled = u.settled + excluded.settled, young = excluded.young;
            update ledgers set untold_height = greatest(untold_height, @settledTo), untold_for = case when @IsWhole then @difference::numeric end
            where ledger_id = @ledgerId
            """, new
        {
            ledgerId, settledTo, Changes.IsWhole, difference = difference.ToString(), classes = classes.Select(each => each.Class).ToArray(),
            settled = classes.Select(each => each.Settled.ToString()).ToArray(), young = classes.Select(each => each.Young.ToString()).ToArray(),
        }, ct);
    }

    private static ProviderException Impossible(BalanceInquiry inquiry) =>
        new(ProviderFailure.BadAnswer, inquiry.Provider.Provider, "tells a balance that its history cannot come to");

    private static Amount Sum(IEnumerable<OffLedgerChange> changes) => changes.Aggregate(Amount.Zero, (sum, change) => sum + change.Value);

    private sealed record Row(string Class, Amount Settled, Amount Young);
}
