using EventSourcing;
using Npgsql;
using NpgsqlTypes;
using Postgres;

namespace Portfolio.Feed;

/// <summary>Tells how syncing goes: the facts that were kept to be told, and how much of a long history was read.</summary>
internal sealed class SyncNews(TimeProvider time)
{
    private const int Most = 200;

    // A history that is read in a moment needs no progress.
    private const int LongHistory = 1_000;
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(2);

    private static readonly string Facts = $"""
        select f.id, f.wallet_id, f.kind, f.data::text as data, w.owner_id
        from feed_facts f left join wallets w on w.wallet_id = f.wallet_id
        where f.next_try <= now() order by f.next_try, f.position, f.id limit {Most} for update of f skip locked
        """;

    private static readonly string Progress = $"""
        select i.address_id, i.wallet_id, w.owner_id, l.network, l.address, read.derived_count as known, read.reported_count as expected,
               (read.derived_count * 10 / read.reported_count)::int as tenths
        from address_imports i
        join ledgers l on l.ledger_id = i.ledger_id and not l.first_walk_done
        join wallets w on w.wallet_id = i.wallet_id
        cross join lateral (
            select b.derived_count, b.reported_count from balances b where b.ledger_id = l.ledger_id and b.reported_count >= {LongHistory}
            order by b.reported_count desc limit 1) read
        where not i.done and read.derived_count * 10 / read.reported_count between i.tenths + 1 and 9
        limit {Most} for update of i skip locked
        """;

    private long lastProgress = long.MinValue;

    /// <summary>True where more is waiting.</summary>
    public async Task<bool> TellAsync(Round round, CancellationToken ct)
    {
        await TellProgressAsync(round, ct);
        var facts = await round.Connection.QueryAsync<(Guid Id, Guid WalletId, string Kind, string Data, Guid? OwnerId)>(Facts, null, ct);
        if (facts.Count == 0) return false;

        var done = new List<Guid>();
        foreach (var (id, _, kind, data, owner) in facts)
        {
            var mark = MarkOf(id);
            if (owner is { } user) round.Tell(user, new NewEvent(id, FactsToTell.Read(kind, data)));
            else round.Miss(mark);
            if (!round.Unknown.Contains(mark)) done.Add(id);
        }

        await round.Connection.ExecuteAsync("delete from feed_facts where id = any(@done)", new { done = done.ToArray() }, ct);
        var waiting = facts.Select(fact => fact.Id).Except(done).ToArray();
        await round.Connection.ExecuteAsync(
            "update feed_facts set next_try = now() + interval '5 seconds' where id = any(@waiting)", new { waiting }, ct);
        return facts.Count == Most;
    }

    /// <summary>Those that waited for a wallet to be known are looked at once more.</summary>
    public static Task RetryAsync(NpgsqlConnection connection, List<Mark> marks, CancellationToken ct) => connection.ExecuteAsync(
        "update feed_facts set next_try = '-infinity' where id = any(@ids)",
        new { ids = Sql.Column(marks, NpgsqlDbType.Uuid, mark => mark.LedgerId) }, ct);

    // A fact has no ledger; its own id stands for it.
    private static Mark MarkOf(Guid fact) => new(fact, "fact");

    private async Task TellProgressAsync(Round round, CancellationToken ct)
    {
        var now = time.GetTimestamp();
        if (lastProgress != long.MinValue && time.GetElapsedTime(lastProgress, now) < ProgressEvery) return;
        lastProgress = now;
        var rows = await round.Connection.QueryAsync<ProgressRow>(Progress, null, ct);
        foreach (var row in rows)
        {
            var id = FactId.Of("feed", "sync_progress", row.AddressId.ToString(), $"{row.Tenths}");
            round.Tell(row.OwnerId, new NewEvent(id, new FeedMessage.SyncProgress
            {
                WalletId = row.WalletId,
                OccurredAt = round.Now,
                AddressId = row.AddressId,
                Network = row.Network,
                Address = row.Address,
                Percent = row.Tenths * 10,
                Transactions = row.Known,
                Expected = row.Expected,
            }));
        }

        if (rows.Count == 0) return;
        await round.Connection.ExecuteAsync("""
            update address_imports i set tenths = t.tenths from unnest(@ids, @tenths) t (address_id, tenths) where i.address_id = t.address_id
            """, new
        {
            ids = Sql.Column(rows, NpgsqlDbType.Uuid, row => row.AddressId),
            tenths = Sql.Column(rows, NpgsqlDbType.Integer, row => row.Tenths),
        }, ct);
    }

    private sealed record ProgressRow(
        Guid AddressId, Guid WalletId, Guid OwnerId, string Network, string Address, long Known, long Expected, int Tenths);
}
