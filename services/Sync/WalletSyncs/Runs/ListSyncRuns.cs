using Npgsql;
using Postgres;
using ServiceDefaults;
using Sync.Ledgers;

namespace Sync.WalletSyncs.Runs;

/// <summary>A wallet's sync runs, newest first.</summary>
internal static class ListSyncRuns
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/wallets/{id:guid}/syncs", AnswerAsync)
            .RequireScope(Scopes.WalletsRead)
            .WithProblems("wallet-not-found", "limit-out-of-range", "cursor-invalid")
            .WithTags("Sync")
            .WithSummary("The wallet's sync runs, newest first: why each began, what it came to and how it ended.");

    private static async Task<Page<SyncRunView>> AnswerAsync(
        Guid id, [AsParameters] PageRequest paging, Caller caller, WalletAccess access, NpgsqlDataSource dataSource, CancellationToken ct)
    {
        var place = paging.In("syncs", id.ToString());
        await access.RequireAsync(caller, id, ct);
        var (after, order) = place.Backward ? (">", "r.started_at, r.run_id") : ("<", "r.started_at desc, r.run_id desc");
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync<SyncRunView>($"""
            select {SyncRunView.Sql}
            where r.wallet_id = @id {(place.IsStart ? "" : $"and (r.started_at, r.run_id) {after} (@at, @run)")}
            order by {order} limit @Fetch
            """, new
        {
            id, place.Fetch,
            at = place.IsStart ? default : place.Key<DateTimeOffset>(0),
            run = place.IsStart ? Guid.Empty : place.Key<Guid>(1),
        }, ct);
        return place.PageOf(rows, run => [run.StartedAt.ToString("O"), run.Id.ToString()]);
    }
}
