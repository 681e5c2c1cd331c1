using EventSourcing;
using Npgsql;
using Postgres;

namespace Wallets;

/// <summary>What was told of sources' addresses, and which sources are to be compared with it: records beside the read model.</summary>
internal sealed class SourceRows(NpgsqlDataSource database)
{
    private const string Done = """
        update sources_due set since = now() where source_id = @SourceId and marks <> @Marks;
        delete from sources_due where source_id = @SourceId and marks = @Marks and since = @Since
        """;

    /// <summary>
    /// A source whose turn it is; its marks are as they were when it was read, and without a descriptor it is gone. Marks are counted anew once
    /// they were worked off, so the count alone does not tell one that came later.
    /// </summary>
    public sealed record Due(Guid SourceId, Guid WalletId, long Marks, DateTimeOffset Since, string? Network, string? Descriptor);

    /// <summary>How each of these sources' branches stands, by source and branch.</summary>
    public async Task<ILookup<Guid, KeyValuePair<int, BranchState>>> StatesAsync(Guid[] sources, CancellationToken ct)
    {
        var rows = await database.QueryAsync<(Guid Source, int Branch, int Derived, int Used, int? Highest, int LookedTo)>("""
            select a.source_id, a.branch, max(a.number) + 1, count(*) filter (where t.used)::int, max(a.number) filter (where t.used),
                coalesce(min(a.number) filter (where t.looked_at is not true) - 1, max(a.number))
            from addresses a left join told_addresses t using (network, address)
            where a.source_id = any(@sources)
            group by a.source_id, a.branch
            """, new { sources }, ct);
        return rows.ToLookup(row => row.Source, row => KeyValuePair.Create(
            row.Branch, new BranchState(row.Derived, row.Used, row.Highest, row.LookedTo < 0 ? null : row.LookedTo)));
    }

    /// <summary>The source that is due for longest, or null.</summary>
    public async Task<Due?> NextAsync(DateTimeOffset now, CancellationToken ct) => await database.FirstAsync("""
        select d.source_id, d.wallet_id, d.marks, d.since, s.network, s.descriptor
        from sources_due d left join sources s using (source_id)
        where d.due_at <= $1 order by d.due_at limit 1
        """, [now], row => new Due(
            row.GetGuid(0), row.GetGuid(1), row.GetInt64(2), row.Time(3), row.Maybe<string>(4), row.Maybe<string>(5)), ct);

    /// <summary>Takes the mark away; one that came since it was read waits since now.</summary>
    public static Task DoneAsync(NpgsqlConnection connection, Due due, CancellationToken ct) => connection.ExecuteAsync(Done, due, ct);

    /// <summary>The same, in a transaction of its own.</summary>
    public Task DoneAsync(Due due, CancellationToken ct) => database.ExecuteAsync(Done, due, ct);

    /// <summary>The source is tried again later, for a stated reason, unless another mark came since it was read.</summary>
    public Task PutOffAsync(Due due, DateTimeOffset until, string reason, CancellationToken ct) => database.ExecuteAsync(
        "update sources_due set due_at = @until, reason = @reason where source_id = @SourceId and marks = @Marks and since = @Since",
        new { due.SourceId, due.Marks, due.Since, until, reason }, ct);

    /// <summary>How many wait, and since when the oldest does.</summary>
    public Task<(long Number, TimeSpan Age)> WaitingAsync(DateTimeOffset now, CancellationToken ct) => database.QuerySingleAsync<(long, TimeSpan)>(
        "select count(*), greatest(@now - coalesce(min(since), @now), interval '0') from sources_due", new { now }, ct);

    /// <summary>Marks a source that is being added: some of its addresses may be known as used already.</summary>
    public static async Task MarkAddedAsync(Work work, Guid walletId, Guid sourceId, CancellationToken ct)
    {
        // What is told at this moment is either told, and seen when the mark is worked off, or comes after and finds the source.
        await work.Connection.ExecuteAsync("lock table told_addresses in share mode", null, ct);
        await work.Connection.ExecuteAsync(
            "insert into sources_due (source_id, wallet_id) values (@sourceId, @walletId) on conflict do nothing", new { sourceId, walletId }, ct);
    }

    /// <summary>Marks every source of a wallet in which there is room again.</summary>
    public static Task MarkAllAsync(Work work, Guid walletId, CancellationToken ct) => work.Connection.ExecuteAsync("""
        insert into sources_due as d (source_id, wallet_id) select source_id, wallet_id from sources where wallet_id = @walletId order by source_id
        on conflict (source_id) do update set marks = d.marks + 1, due_at = least(d.due_at, now())
        """, new { walletId }, ct);

    /// <summary>Forgets what is due of a wallet, by its owner's order.</summary>
    public static Task ForgetAsync(NpgsqlConnection connection, Guid walletId, CancellationToken ct) =>
        connection.ExecuteAsync("delete from sources_due where wallet_id = @walletId", new { walletId }, ct);
}
