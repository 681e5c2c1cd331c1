using Npgsql;
using static Portfolio.SqlBatch;

namespace Portfolio.Feed;

/// <summary>
/// What the inboxes leave for the announcer: which transactions of which ledgers, and which ledgers' balances, may be other than they were told.
/// A mark that is there already is written again, so that it waits for an announcer who is just looking at it, and then is a new one.
/// </summary>
internal static class Marks
{
    /// <summary>The channel on which announcers hear of marks, from whichever process.</summary>
    public const string Channel = "feed_marks";

    private const string Kept = "on conflict (ledger_id, txid) do update set marked_at = m.marked_at";

    // A history that is being read is made into deposits when it is whole.
    private const string IsNews = """
        (l.first_walk_done or exists (select from ledger_trackers k where k.ledger_id = c.ledger_id and c.height > k.anchor_height))
        """;

    /// <summary>
    /// A common table expression that marks what another one changed, which has <c>ledger_id, txid, height</c>: the transactions that can
    /// be news, and the balances of ledgers whose history was read.
    /// </summary>
    public static string OfBlocks(string changed) => $"""
        marked as (
            insert into feed_marks as m (ledger_id, txid)
            select distinct c.ledger_id, mark.txid
            from {changed} c join ledgers l on l.ledger_id = c.ledger_id cross join lateral (values (c.txid), ('')) mark (txid)
            where {IsNews} and (mark.txid <> '' or l.first_walk_done)
            order by 1, 2
            {Kept}
        )
        """;

    /// <summary>The same for what waits for a block, which has <c>ledger_id, txid</c> and is news always.</summary>
    public static string OfPending(string changed) => $"""
        marked as (
            insert into feed_marks as m (ledger_id, txid)
            select distinct c.ledger_id, mark.txid from {changed} c cross join lateral (values (c.txid), ('')) mark (txid)
            order by 1, 2
            {Kept}
        )
        """;

    /// <summary>A statement that marks the balances of these ledgers, where their history was read.</summary>
    public static NpgsqlBatchCommand OfBalances(NpgsqlParameter ledgers) => Of($"""
        insert into feed_marks as m (ledger_id, txid)
        select l.ledger_id, '' from ledgers l where l.ledger_id = any($1) and l.first_walk_done
        order by 1
        {Kept}
        """, ledgers);

    /// <summary>
    /// Wakes announcers once everything is stored; where nothing was left for them only if the tip of a chain moved, so that an import does
    /// not wake them page by page.
    /// </summary>
    public static NpgsqlBatchCommand Wake(bool always) => new($"""
        select pg_notify('{Channel}', '')
        where {(always ? "true" : "exists (select from feed_marks) or exists (select from feed_facts) or exists (select from feed_goings)")}
        """);
}
