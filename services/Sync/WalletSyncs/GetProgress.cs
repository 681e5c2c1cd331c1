using Dapper;
using Messaging;
using Npgsql;
using ServiceDefaults;

namespace Sync.WalletSyncs;

/// <summary>How far a wallet's syncing is, address by address, and what it waits for.</summary>
internal static class GetProgress
{
    /// <summary>
    /// <paramref name="Status"/> is <c>idle</c>, <c>queued</c>, <c>syncing</c> or <c>waiting</c>; a wait has a
    /// <paramref name="Reason"/>. <paramref name="NextTry"/> is when something happens next by itself.
    /// <paramref name="Percent"/> is the share of the known transactions that were read.
    /// </summary>
    public sealed record View(
        Guid WalletId, string Status, int Percent, long Found, long Remaining, long AddressCount, long SyncedCount,
        string? Reason, DateTimeOffset? NextTry, IReadOnlyList<AddressView> Addresses, bool HasMore, string? Next, string? Prev);

    /// <summary>
    /// <paramref name="Status"/> is <c>queued</c>, <c>syncing</c>, <c>waiting</c>, or what the last reconciliation found:
    /// <c>verified</c>, <c>explained</c>, <c>mismatch</c>. <paramref name="Remaining"/> counts transactions not read yet.
    /// </summary>
    public sealed record AddressView(
        Guid AddressId, string Network, string Address, string Status, int Percent, long Found, long? Expected, long? Remaining,
        long Pages, string? Verdict, long? VerifiedHeight, DateTimeOffset? CheckedAt, string? Reason, DateTimeOffset? NextTry);

    // Read so far: of a first walk what its round has seen, afterwards all that is known.
    private const string Progress = """
        t.address_id, l.network, l.address, l.verdict, l.verdict_height, l.checked_at, l.verdict is not null as synced,
        coalesce(w.active, false) as active, w.reason, case when w.active then w.retry_at end as retry_at, coalesce(w.pages, 0) as pages,
        case when l.settled_height is null then least(coalesce(w.round_seen, 0), coalesce(l.reported_count, 0)) else l.derived_count end as known,
        case when l.settled_height is null then l.reported_count else l.derived_count end as expected
        from ledger_trackers t join ledgers l using (ledger_id) left join walks w using (ledger_id)
        """;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/wallets/{id:guid}/sync", AnswerAsync)
            .RequireScope(Scopes.WalletsRead)
            .WithProblems("wallet-not-found", "limit-out-of-range", "cursor-invalid")
            .WithTags("Sync")
            .WithSummary("How far the wallet's syncing is, and what it waits for.");

    private static async Task<View> AnswerAsync(Guid id, [AsParameters] PageRequest paging, Caller caller, NpgsqlDataSource dataSource, InboxCatchUp catchUp, CancellationToken ct)
    {
        caller.RequireWallet(id);
        var place = paging.In("sync", id.ToString());
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        var owner = await OwnerAsync();
        if (owner is null)
        {
            // Its creation may just not have arrived.
            await catchUp.WithAsync("wallets", ct);
            owner = await OwnerAsync();
        }

        if (owner != caller.UserId) throw new DomainException("wallet-not-found", "There is no such wallet.");

        var total = await connection.QuerySingleAsync<Total>(new CommandDefinition($"""
            select count(*) as addresses, count(*) filter (where p.synced) as synced, coalesce(sum(p.known), 0)::bigint as known,
                   coalesce(sum(p.expected), 0)::bigint as expected, coalesce(bool_or(p.expected is null), false) as unknown
            from (select {Progress} where t.wallet_id = @id) as p
            """, new { id }, cancellationToken: ct));
        var saga = await connection.QuerySingleOrDefaultAsync<Saga>(new CommandDefinition(
            "select state, due_at, data ->> 'Reason' as reason from wallet_syncs where correlation_id = @id", new { id }, cancellationToken: ct));
        var rows = await connection.QueryAsync<Row>(new CommandDefinition($"""
            select {Progress} where t.wallet_id = @id {(place.IsStart ? "" : $"and t.address_id {(place.Backward ? "<" : ">")} @after")}
            order by t.address_id {(place.Backward ? "desc" : "")} limit @Fetch
            """, new { id, after = place.IsStart ? Guid.Empty : place.Key<Guid>(0), place.Fetch }, cancellationToken: ct));
        var page = place.PageOf(rows.AsList(), row => [row.AddressId.ToString()]);
        var status = saga?.State switch { "Syncing" => "syncing", "Waiting" => "waiting", _ => total.Synced < total.Addresses ? "queued" : "idle" };
        return new View(
            id, status, Percent(total.Known, total.Unknown ? null : total.Expected, total.Synced == total.Addresses), total.Known, Math.Max(0, total.Expected - total.Known),
            total.Addresses, total.Synced, status is "waiting" or "queued" ? saga?.Reason : null, status is "syncing" ? null : saga?.DueAt,
            [.. page.Data.Select(Of)], page.HasMore, page.Next, page.Prev);

        Task<Guid?> OwnerAsync() => connection.ExecuteScalarAsync<Guid?>(new CommandDefinition(
            "select owner_id from wallets where wallet_id = @id", new { id }, cancellationToken: ct));
    }

    private static AddressView Of(Row row) => new(
        row.AddressId, row.Network, row.Address,
        row switch
        {
            { Active: true, RetryAt: not null } => "waiting",
            // A regular check of a synced address is no news for its owner.
            { Synced: true } => row.Verdict!,
            { Active: true } => "syncing",
            _ => "queued",
        },
        Percent(row.Known, row.Expected, row.Synced), row.Known, row.Expected, row.Expected - row.Known,
        row.Pages, row.Verdict, row.VerdictHeight, row.CheckedAt, row.RetryAt is null ? null : row.Reason, row.RetryAt);

    // 100 only when it is over.
    private static int Percent(long known, long? expected, bool done) =>
        done ? 100 : expected is > 0 and var all ? (int)Math.Min(99, known * 100 / all) : 0;

    private sealed class Saga
    {
        public string State { get; init; } = "";

        public DateTimeOffset? DueAt { get; init; }

        public string? Reason { get; init; }
    }

    private sealed class Total
    {
        public long Addresses { get; init; }

        public long Synced { get; init; }

        public long Known { get; init; }

        public long Expected { get; init; }

        public bool Unknown { get; init; }
    }

    private sealed class Row
    {
        public Guid AddressId { get; init; }

        public string Network { get; init; } = "";

        public string Address { get; init; } = "";

        public string? Verdict { get; init; }

        public long? VerdictHeight { get; init; }

        public DateTimeOffset? CheckedAt { get; init; }

        public bool Synced { get; init; }

        public bool Active { get; init; }

        public string? Reason { get; init; }

        public DateTimeOffset? RetryAt { get; init; }

        public long Pages { get; init; }

        public long Known { get; init; }

        public long? Expected { get; init; }
    }
}
