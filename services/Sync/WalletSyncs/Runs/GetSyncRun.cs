using Npgsql;
using Postgres;
using ServiceDefaults;
using Sync.Ledgers;

namespace Sync.WalletSyncs.Runs;

/// <summary>One sync run of a wallet.</summary>
internal static class GetSyncRun
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/wallets/{id:guid}/syncs/{runId:guid}", AnswerAsync)
            .RequireScope(Scopes.WalletsRead)
            .WithProblems("wallet-not-found", "sync-not-found")
            .WithTags("Sync")
            .WithSummary("One sync run of the wallet.");

    private static async Task<SyncRunView> AnswerAsync(
        Guid id, Guid runId, Caller caller, WalletAccess access, NpgsqlDataSource dataSource, CancellationToken ct)
    {
        await access.RequireAsync(caller, id, ct);
        await using var connection = await dataSource.OpenConnectionAsync(ct);
        return await connection.QueryFirstOrDefaultAsync<SyncRunView>(
                $"select {SyncRunView.Sql} where r.wallet_id = @id and r.run_id = @runId", new { id, runId }, ct)
            ?? throw new DomainException("sync-not-found", "The wallet has no such sync run.");
    }
}
