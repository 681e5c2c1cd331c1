using EventSourcing;
using Postgres;

namespace Portfolio.Feed;

/// <summary>
/// Takes back what is kept of those who went. Of an address that its wallet lets go, its deposits; of a deleted wallet these, and what its
/// owner was told of it: the messages keep their number and their kind alone. Whoever tells does this too, and nobody else does, so that
/// nothing is told behind it.
/// </summary>
internal static class Goings
{
    // So many in one transaction, under a lease that has to be renewed meanwhile.
    private const int Most = 5_000;

    /// <summary>Sees to one of them; true where more is to be done.</summary>
    public static async Task<bool> SettleAsync(Round round, CancellationToken ct)
    {
        var connection = round.Connection;
        var found = await connection.QueryAsync<(Guid Id, Guid? OwnerId)>(
            "select id, owner_id from feed_goings order by marked_at, id limit 1 for update skip locked", null, ct);
        if (found is not [var (id, owner)]) return false;

        // An address that is tracked again meanwhile stays.
        var addresses = await connection.QueryAsync<Guid>(owner is null
            ? """
              select address_id from address_imports i where address_id = @id
                  and not exists (select from ledger_trackers t where t.address_id = i.address_id and not t.ended)
              """
            : "select address_id from address_imports where wallet_id = @id", new { id }, ct);
        var gone = await connection.ExecuteAsync($"""
            delete from deposits where deposit_id in (select deposit_id from deposits where address_id = any(@addresses) limit {Most})
            """, new { addresses = addresses.ToArray() }, ct);
        if (gone == Most) return true;

        await connection.ExecuteAsync("delete from told_balances where address_id = any(@addresses)", new { addresses = addresses.ToArray() }, ct);
        await connection.ExecuteAsync("delete from address_imports where address_id = any(@addresses)", new { addresses = addresses.ToArray() }, ct);
        if (owner is { } user && await RedactAsync(round, id, user, ct)) return true;
        await connection.ExecuteAsync("delete from feed_goings where id = @id", new { id }, ct);
        return true;
    }

    // True where there may be more.
    private static async Task<bool> RedactAsync(Round round, Guid wallet, Guid user, CancellationToken ct)
    {
        await round.Connection.ExecuteAsync("delete from feed_facts where wallet_id = @wallet", new { wallet }, ct);
        // By number, so that a long feed is read once and not again for each batch of it.
        var (read, last, redacted) = await round.Connection.QuerySingleAsync<(long, long, long)>($$"""
            with page as materialized (
                select seq_id, version, data ->> '{{nameof(FeedMessage.WalletId)}}' as wallet from mt_events
                where stream_id = @stream and version > (select reached from feed_goings where id = @wallet)
                order by version limit {{Most}}
            ), redacted as (
                update mt_events e set data = '{"{{nameof(FeedMessage.Redacted)}}": true}', correlation_id = null, causation_id = null
                from page p where e.seq_id = p.seq_id and p.wallet = @wallet::text
                returning e.seq_id
            )
            select (select count(*) from page), (select coalesce(max(version), 0) from page), (select count(*) from redacted)
            """, new { stream = StreamName.Of(FeedMessage.Category, user), wallet }, ct);
        round.AfterCommit(() => PortfolioMetrics.Redacted.Add(redacted));
        if (read == Most)
        {
            await round.Connection.ExecuteAsync("update feed_goings set reached = @last where id = @wallet", new { last, wallet }, ct);
            return true;
        }

        // What was put in line of it is not sent any more; the answers to what was go with it.
        await round.Connection.ExecuteAsync("delete from webhook_deliveries where wallet_id = @wallet", new { wallet }, ct);
        return false;
    }
}
