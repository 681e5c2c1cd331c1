using EventSourcing;
using Messaging;
using Npgsql;
using NpgsqlTypes;
using Portfolio.Deposits;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Feed;

/// <summary>
/// Compares what is with what was told, and tells the difference: rows that say what was told, and the messages, in one transaction. So it
/// does not matter how often or in what order the facts between the two were heard, nor how often this is done.
/// </summary>
internal sealed class Announcing(
    EventStore store, InboxCatchUp wallets, DepositNews deposits, DepositImport import, BalanceNews balances, SyncNews syncs, TimeProvider time)
{
    private const int Most = 500;

    // What cannot be told because the Wallets service is away.
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private IReadOnlySet<Mark> settled = new HashSet<Mark>();

    /// <summary>One announcing; true where more is waiting. Whoever holds the lease alone tells under it.</summary>
    /// <exception cref="LeaseLostException">Somebody else tells by now; nothing was stored.</exception>
    public async Task<bool> StepAsync(Lease? lease, CancellationToken ct)
    {
        await using var work = await store.BeginAsync(ct);
        if (lease is not null) await lease.GuardAsync(work.Connection, ct);
        var round = new Round(work, time.GetUtcNow(), settled);
        var more = await Goings.SettleAsync(round, ct);

        var marks = await work.Connection.QueryAsync<Mark>($"""
            select ledger_id, txid from feed_marks where next_try <= now() order by next_try, marked_at limit {Most} for update skip locked
            """, null, ct);
        var (imported, fresh, importsMore) = marks.Count < Most ? await import.StepAsync(round, ct) : (null, [], false);
        more |= importsMore;
        more |= await deposits.TellAsync(round, [.. marks.Where(mark => !mark.IsOfBalances), .. fresh], ct);
        var ledgers = marks.Where(mark => mark.IsOfBalances).Select(mark => mark.LedgerId);
        if (imported is { } ledger) ledgers = ledgers.Append(ledger);
        await balances.TellAsync(round, [.. ledgers.Distinct()], ct);
        more |= await syncs.TellAsync(round, ct);

        await LetGoAsync(round, marks, ct);
        if (round.Told > 0) KillPoint.Reach("announcer-before-commit");
        await work.CommitAsync(ct);
        if (round.Told > 0) KillPoint.Reach("announcer-after-commit");

        settled = await SettleAsync(round.Unknown, ct);
        return more || marks.Count == Most || settled.Count > 0;
    }

    private static async Task LetGoAsync(Round round, List<Mark> marks, CancellationToken ct)
    {
        if (marks.Count == 0) return;
        var waiting = marks.Where(round.Unknown.Contains).ToList();
        var done = marks.Except(waiting).ToList();
        await round.Connection.ExecuteAsync("""
            delete from feed_marks m using unnest(@ledgers, @txids) d (ledger_id, txid) where m.ledger_id = d.ledger_id and m.txid = d.txid
            """, Columns(done), ct);
        if (waiting.Count > 0) await RetryAsync(round.Connection, waiting, "now() + @Retry", ct);
    }

    // A wallet is known to Sync only after Wallets has said that it is there. Who is not known here once all was heard that Wallets says
    // is gone: nobody is left to be told.
    private async Task<IReadOnlySet<Mark>> SettleAsync(IReadOnlySet<Mark> unknown, CancellationToken ct)
    {
        if (unknown.Count == 0 || !await wallets.WithAsync("wallets", ct)) return new HashSet<Mark>();

        await using var work = await store.BeginAsync(ct);
        var marks = unknown.ToList();
        await RetryAsync(work.Connection, marks, "'-infinity'", ct);
        await SyncNews.RetryAsync(work.Connection, marks, ct);
        await work.CommitAsync(ct);
        return unknown;
    }

    private static Task<int> RetryAsync(NpgsqlConnection connection, List<Mark> marks, string at, CancellationToken ct) =>
        connection.ExecuteAsync($"""
            update feed_marks m set next_try = {at} from unnest(@ledgers, @txids) w (ledger_id, txid)
            where m.ledger_id = w.ledger_id and m.txid = w.txid
            """, Columns(marks), ct);

    private static object Columns(List<Mark> marks) => new
    {
        ledgers = Sql.Column(marks, NpgsqlDbType.Uuid, mark => mark.LedgerId),
        txids = Sql.Column(marks, NpgsqlDbType.Text, mark => mark.Txid),
        Retry,
    };
}
