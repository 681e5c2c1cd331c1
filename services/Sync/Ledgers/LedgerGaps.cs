using EventSourcing;
using Npgsql;
using Postgres;
using Sync.Chains;

namespace Sync.Ledgers;

/// <summary>A transaction of the ledger that is listed and cannot be read.</summary>
internal sealed record LedgerGap(string Txid, long Height, string Provider, string Reason, int Tries);

/// <summary>The rows of a ledger's gaps, written by whoever holds its claim.</summary>
internal static class LedgerGaps
{
    private const string Columns = "txid, height, provider, reason, tries";
    private static readonly TimeSpan Pace = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Slowest = TimeSpan.FromDays(1);

    public static Task<List<LedgerGap>> ReadAsync(NpgsqlConnection connection, Guid ledgerId, CancellationToken ct) =>
        connection.QueryAsync<LedgerGap>(
            $"select {Columns} from ledger_gaps where ledger_id = @ledgerId order by height, txid", new { ledgerId }, ct);

    /// <summary>Those that are to be asked for again.</summary>
    public static Task<List<LedgerGap>> DueAsync(NpgsqlConnection connection, Guid ledgerId, DateTimeOffset now, int most, CancellationToken ct) =>
        connection.QueryAsync<LedgerGap>(
            $"select {Columns} from ledger_gaps where ledger_id = @ledgerId and retry_at <= @now order by retry_at, txid limit @most",
            new { ledgerId, now, most }, ct);

    /// <summary>Keeps what a page lacks, and closes what it has; new ones are asked of others at once.</summary>
    public static async Task<IReadOnlyList<NewEvent>> WriteAsync(
        NpgsqlConnection connection, PageContext at, HistoryPage page, IEnumerable<ChainTransaction> stored, DateTimeOffset now, CancellationToken ct)
    {
        var found = page.Gaps.Count == 0 ? [] : await connection.QueryAsync<string>("""
            with met as (
                select distinct on (n.txid) n.* from unnest(@txids, @heights, @reasons) as n (txid, height, reason)
                where not exists (select from ledger_transactions t where t.ledger_id = @LedgerId and t.txid = n.txid and not t.orphaned)
            ), written as (
                insert into ledger_gaps as g (ledger_id, txid, height, provider, reason, seen_round, retry_at)
                select @LedgerId, txid, height, @Provider, reason, @Round, @now from met
                on conflict (ledger_id, txid) do update set seen_round = excluded.seen_round returning txid, xmax = 0 as is_new)
            select txid from written where is_new
            """, new
        {
            at.LedgerId, at.Provider, at.Round, now, txids = page.Gaps.Select(gap => gap.Txid).ToArray(),
            heights = page.Gaps.Select(gap => gap.Height).ToArray(), reasons = page.Gaps.Select(gap => gap.Reason).ToArray(),
        }, ct);
        var closed = await connection.QueryAsync<string>(
            "delete from ledger_gaps where ledger_id = @LedgerId and txid = any(@txids) returning txid",
            new { at.LedgerId, txids = stored.Select(transaction => transaction.Txid).ToArray() }, ct);
        var gaps = page.Gaps.ToLookup(gap => gap.Txid);
        return
        [
            .. found.Select(txid => gaps[txid].First()).Select(gap => NewEvent.Fresh(
                new LedgerEvent.GapFound(at.LedgerId, gap.Txid, gap.Height, at.Provider, gap.Reason, now))),
            .. Closed(at.LedgerId, closed, now),
        ];
    }

    /// <summary>Closes those above a floor that a round did not meet any more: they are not listed.</summary>
    public static async Task<IReadOnlyList<NewEvent>> CloseUnlistedAsync(
        NpgsqlConnection connection, Guid ledgerId, long? floor, long round, DateTimeOffset now, CancellationToken ct) =>
        Closed(ledgerId, await connection.QueryAsync<string>(
            "delete from ledger_gaps where ledger_id = @ledgerId and height > @floor and seen_round <> @round returning txid",
            new { ledgerId, floor = floor ?? -1, round }, ct), now);

    /// <summary>Nobody could tell them now: they are asked for again later, and ever later.</summary>
    public static Task PostponeAsync(
        NpgsqlConnection connection, Guid ledgerId, IEnumerable<LedgerGap> gaps, DateTimeOffset now, CancellationToken ct)
    {
        var rows = gaps.Select(gap => (gap.Txid, Seconds: (long)Min(Slowest, Pace * (1 << Math.Min(gap.Tries, 8))).TotalSeconds)).ToList();
        return connection.ExecuteAsync("""
            update ledger_gaps g set tries = tries + 1, retry_at = @now + n.seconds * interval '1 second'
            from unnest(@txids, @seconds) as n (txid, seconds) where g.ledger_id = @ledgerId and g.txid = n.txid
            """, new
        {
            ledgerId, now, txids = rows.ConvertAll(row => row.Txid).ToArray(), seconds = rows.ConvertAll(row => row.Seconds).ToArray(),
        }, ct);
    }

    private static IReadOnlyList<NewEvent> Closed(Guid ledgerId, IEnumerable<string> txids, DateTimeOffset now) =>
        [.. txids.Select(txid => NewEvent.Fresh(new LedgerEvent.GapClosed(ledgerId, txid, now)))];

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
